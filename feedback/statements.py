"""The statements that people are shown, version by version: what is collected and why, cookies, accessibility.

The words of each version are a template of its own, in three languages like every page, and are never changed once
people have read them: ``digest`` holds them to that. Changed words are a new version at the head of its list. The
version of the collection statement in force is stored with every choice of sharing (``SHARING_TEXT``), so with
every concern that is sent. docs/decisions/0022-statements.md
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cases.models.people import SHARING_TEXT


@dataclass(frozen=True)
class Version:
    """``since`` is the Hong Kong date from which it holds; ``digest`` the SHA-256 of its template."""

    name: str
    since: date
    digest: str


#: The newest first: that is the one in force.
VERSIONS: dict[str, list[Version]] = {
    "privacy": [
        Version(
            SHARING_TEXT,
            date(2026, 11, 1),
            "ae81c5e8919219bbf01cac785d296fc448706528dd3af652429f38d5122ddcf9",
        ),
    ],
    "cookies": [
        Version(
            "2026-11", date(2026, 11, 1), "5210accb5d05e7f824fb824cf1f8c94b6e9c1422e3501822c9ce7725e805c22d"
        ),
    ],
    "accessibility": [
        Version(
            "2026-11", date(2026, 11, 1), "38a0c08f0ab8529bd41ba858e201130e2bbc9989d64816e0a1d8bf7c94284dc9"
        ),
    ],
}


def version_of(statement: str, name: str = "") -> Version | None:
    """That version of a statement, the one in force if none is named; None if there never was one of that name."""
    versions = VERSIONS[statement]
    return next((one for one in versions if one.name == name), None) if name else versions[0]


def template_of(statement: str, version: Version) -> str:
    return f"pages/statements/{statement}-{version.name}.html"
