"""What is said of a file: that it is refused and why, or what it holds that its owner may not know of."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818  # an answer, not a malfunction
    """The file is not taken. ``code`` is one of ``REASONS``; the parent has the words for it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


REASONS = frozenset({"unreadable", "locked", "pages", "pixels", "trailing", "moving", "bomb", "entities"})

#: What an accepted file may hold: the place and the author in its properties, words of reviewers, sheets and
#: rows that are not shown, parts that run or reach out when it is opened, and other files inside.
FACTS = frozenset({"place", "author", "comments", "changes", "hidden", "active", "external", "embedded"})
