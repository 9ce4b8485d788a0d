"""The hand-typed table of who may do what (``expected.txt``), read; and the document that is drawn from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.access.world import ROLES

HERE = Path(__file__).parent
EXPECTED = HERE / "expected.txt"
DOCUMENT = HERE.parents[1] / "docs" / "access.md"

#: Names for several roles at once, used in the table.
GROUPS = {
    "everybody": tuple(ROLES),
    "staff": (
        "own",
        "supervisor",
        "cohandler",
        "receiving",
        "former",
        "other",
        "other_supervisor",
        "headquarters",
    ),
    "sees": ("own", "supervisor", "cohandler", "receiving", "former", "headquarters"),
    "office": ("own", "supervisor", "headquarters"),
    "tracks": ("business",),
    "partners": ("partner", "other_partner"),
}
GROUPS["signed_in"] = (*GROUPS["staff"], *GROUPS["partners"], "official", "administrator")
#: What the administration offers for a model: its addresses below the model's own, and whether it takes a form there.
ADMIN_PAGES = {
    "list": ("", True),
    "add": ("add/", True),
    "view": ("<object_id>/change/", False),
    "change": ("<object_id>/change/", True),
    "history": ("<object_id>/history/", True),
    "delete": ("<object_id>/delete/", True),
}


class TableError(Exception):
    """A line of the table cannot be understood; the message says which and why."""


@dataclass
class Line:
    """One route with one choice of parameters, and the roles that get in by each method."""

    number: int
    address: str
    example: str = ""
    may: dict[str, frozenset[str]] = field(default_factory=dict)
    section: str = ""

    def allows(self, role: str, method: str) -> bool:
        return role in self.may.get(method, ())


def table() -> list[Line]:
    lines: list[Line] = []
    section = ""
    for number, text in enumerate(EXPECTED.read_text().splitlines(), 1):
        if text.startswith("## "):
            section = text[3:]
        elif text.startswith("/"):
            lines += _read(number, text, section)
    return lines


def _read(number: int, text: str, section: str) -> list[Line]:
    address, *cells = re.split(r"\s{2,}", text.strip())
    example = ""
    if found := re.fullmatch(r"(\S+) \[(.+)\]", address):
        address, example = found[1], found[2]
    if address.startswith("/admin/") and address.endswith("/*"):
        return _admin_lines(number, address[:-1], cells, section)
    may: dict[str, frozenset[str]] = {}
    for cell in cells:
        method, *names = cell.split()
        if method not in ("GET", "POST", "SOCKET") or method in may or not names:
            raise TableError(f"expected.txt line {number}: {cell!r} is not a method and who may use it")
        may[method] = _roles(number, names)
    return [Line(number, address, example, may, section)]


def _admin_lines(number: int, base: str, cells: list[str], section: str) -> list[Line]:
    """``/admin/routing/office/*  list add change`` stands for the six addresses of a model."""
    offered = cells[0].split() if cells else []
    if wrong := set(offered) - set(ADMIN_PAGES):
        raise TableError(
            f"expected.txt line {number}: {', '.join(sorted(wrong))} is no page of the administration"
        )
    administrator, nobody = frozenset({"administrator"}), frozenset[str]()
    # The bare address of a row leads to its page.
    lines = [Line(number, base + "<object_id>/", "", {"GET": administrator, "POST": administrator}, section)]
    for ending in dict.fromkeys(ending for ending, _ in ADMIN_PAGES.values()):
        pages = [page for page in offered if ADMIN_PAGES[page][0] == ending]
        reads = administrator if pages else nobody
        sends = administrator if any(ADMIN_PAGES[page][1] for page in pages) else nobody
        lines.append(Line(number, base + ending, "", {"GET": reads, "POST": sends}, section))
    return lines


def _roles(number: int, names: list[str]) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        less, name = name.startswith("-"), name.lstrip("-")
        if name not in GROUPS and name not in ROLES:
            raise TableError(
                f"expected.txt line {number}: {name!r} is no role and no group (tests/access/table.py)"
            )
        members = GROUPS.get(name, (name,))
        found = found - set(members) if less else found | set(members)
    return frozenset(found)


# --- the document ------------------------------------------------------------------------------------
def document() -> str:
    """``docs/access.md``: the same table for reading."""
    out = [
        "# Who may open what",
        "",
        "Drawn from `tests/access/expected.txt` by `python -m tests.access`; a test tries every line with every role",
        "and keeps this page equal to it. Whoever is not named is turned away: sent to sign in, or told that there",
        "is no such page. `<lang>` is one of the three languages. What a move may do once its address is open is",
        "tried in `tests/cases/test_who_may.py`.",
        "",
        "| Role | Who that is in relation to the case |",
        "|---|---|",
        *(f"| `{name}` | {words} |" for name, words in ROLES.items()),
        "",
        "| Group | Roles |",
        "|---|---|",
        *(f"| `{name}` | {_names(roles)} |" for name, roles in GROUPS.items() if name != "everybody"),
    ]
    section = None
    for line in table():
        if line.section != section:
            section = line.section
            out += ["", f"## {section}", "", "| Address | Reads (GET) | Sends (POST) |", "|---|---|---|"]
        shown = f"`{line.address}`" + (f" ({line.example})" if line.example else "")
        read = line.may.get("GET", line.may.get("SOCKET", frozenset()))
        out.append(f"| {shown} | {_said(read)} | {_said(line.may.get('POST', frozenset()))} |")
    return "\n".join(out) + "\n"


def _names(roles: tuple[str, ...]) -> str:
    return ", ".join(f"`{role}`" for role in roles)


def _said(roles: frozenset[str]) -> str:
    """The roles in words as short as they can be: whole groups first."""
    if not roles:
        return "–"
    left, said = set(roles), []
    for name, members in sorted(GROUPS.items(), key=lambda item: -len(item[1])):
        if len(members) > 1 and set(members) <= left:
            said.append(f"**{name}**")
            left -= set(members)
    return ", ".join([*said, *(role for role in ROLES if role in left)])
