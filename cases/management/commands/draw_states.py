"""``manage.py draw_states``: both state machines as they are in the code, for docs/states.md."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django_fsm import GET_STATE

from cases.models import Case, Referral
from cases.models.machine import moves_of

HEAD = """# The two state machines

Made from the code by `manage.py draw_states --write docs/states.md`; a test fails when it is out of date.
A move that keeps the state is in the table below the picture. *follow* is the one rule of `cases/states.py`.
"""


def draw(model: type[Case] | type[Referral]) -> str:
    """Mermaid text of one machine, and a table of its moves with the predicate that permits each."""
    edges: dict[tuple[str, str], list[str]] = {}
    rows = []
    dynamic: dict[str, set[str]] = {}
    for name, meta in moves_of(model).items():
        ways = meta.transitions
        sources = ", ".join(f"`{source}`" for source in ways)
        target = next(iter(ways.values())).target
        if isinstance(target, GET_STATE):
            node = "reopened" if name == "reopen" else "follow"
            dynamic.setdefault(node, set()).update(map(str, target.allowed_states or []))
            shown = f"*{node}*"
        else:
            node = str(target) if target is not None else ""
            shown = f"`{node}`" if node else "kept"
        for source in ways:
            if node:
                edges.setdefault((str(source), node), []).append(name)
        permitted = next(iter(ways.values())).permission.__name__
        rows.append(f"| `{name}` | {sources} | {shown} | `{permitted}` |")
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {model._meta.get_field('state').default}"]
    lines += [f"    state {node} <<choice>>" for node in sorted(dynamic)]
    lines += [f"    {a} --> {b}: {', '.join(names)}" for (a, b), names in sorted(edges.items())]
    for node, targets in sorted(dynamic.items()):
        lines += [f"    {node} --> {target}" for target in sorted(targets)]
    lines.append("```")
    table = ["| Move | From | To | Permitted by |", "|---|---|---|---|", *rows]
    return "\n".join([f"## {model.__name__}", "", *lines, "", *table])


def document() -> str:
    return "\n\n".join([HEAD.strip(), draw(Case), draw(Referral)]) + "\n"


class Command(BaseCommand):
    help = "Print both state machines as Mermaid diagrams and tables."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", metavar="FILE", help="write there instead of printing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            with open(options["write"], "w", encoding="utf-8") as file:
                file.write(document())
        else:
            self.stdout.write(document())
