"""The letter to an authority: begun, written, fixed, sent; what it tells; how it looks on paper.

The gate calls ``begin``, ``new_version``, ``fix``, ``finalise`` and ``remind`` under the case's lock and in its
transaction. Pages call ``guard``, ``disclosure_table`` and ``document``.
"""

from cases.letters.disclosure import FIELDS, Finding, Row, disclosure_table, guard
from cases.letters.paper import document
from cases.letters.reminding import remind
from cases.letters.steps import begin, finalise, fix, new_version

__all__ = [
    "FIELDS",
    "Finding",
    "Row",
    "begin",
    "disclosure_table",
    "document",
    "finalise",
    "fix",
    "guard",
    "new_version",
    "remind",
]
