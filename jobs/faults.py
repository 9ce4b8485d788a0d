"""An error told without what it quotes: its class and where it happened.

Messages of exceptions hold data (a database says which value was doubled, a mail server repeats the address), and so
do the values of variables; neither is ever written down.
"""

from __future__ import annotations

import traceback
from pathlib import Path

_HOME = f"{Path(__file__).resolve().parents[1]}/"
#: Of a deep recursion the end is enough.
_MOST_FRAMES, _MOST_CAUSES = 40, 5


def class_of(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def frames_of(error: BaseException) -> list[str]:
    """``file:line function`` of each step, outermost first; files of ours relative to the house."""
    steps = traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    return [f"{_short(step.filename)}:{step.lineno} {step.name}" for step in steps]


def causes_of(error: BaseException) -> list[BaseException]:
    """What led to it, nearest first."""
    causes: list[BaseException] = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    while cause is not None and cause not in causes and len(causes) < _MOST_CAUSES:
        causes.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return causes


def story_of(error: BaseException) -> str:
    """The error and its causes as text of several lines."""
    parts = []
    for one in (error, *causes_of(error)):
        parts.append("\n".join([class_of(one), *(f"  {frame}" for frame in frames_of(one))]))
    return "\ncaused by ".join(parts)


def _short(file: str) -> str:
    return file.removeprefix(_HOME).partition("site-packages/")[2] or file.removeprefix(_HOME)
