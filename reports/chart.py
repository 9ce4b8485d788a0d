"""Where the columns of the chart stand. The page draws them as SVG, so that it prints and needs no script."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reports.figures import MONTHS, Month

#: The drawing is 660 wide; columns stand between the axis at the left and the edge, on the base line.
LEFT, WIDTH, TOP, BASE = 34.0, 660.0, 36.0, 352.0
_GAP = 2.0


@dataclass(frozen=True)
class Column:
    """A rectangle of the drawing with the number it stands for."""

    x: float
    y: float
    width: float
    height: float
    value: int

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)

    @property
    def above(self) -> float:
        return round(self.y - 5, 1)


@dataclass(frozen=True)
class Pair:
    """The two columns of one month."""

    first: date
    middle: float
    received: Column
    closed: Column
    new_year: bool


@dataclass(frozen=True)
class Line:
    """A line across at a round number."""

    y: float
    value: int

    @property
    def text_y(self) -> float:
        return self.y + 4


@dataclass(frozen=True)
class Chart:
    pairs: list[Pair]
    lines: list[Line]


def columns(months: list[Month]) -> Chart | None:
    """Received and closed, side by side for each month; None without a month to draw."""
    if not months:
        return None
    step = _round_step(max(max(m.received, m.closed) for m in months))
    scale = (BASE - TOP) / (4 * step)
    room = (WIDTH - LEFT) / MONTHS  # a younger service has columns as wide, at the left
    width = round(room * 0.34, 1)
    pairs = []
    for i, month in enumerate(months):
        middle = LEFT + room * (i + 0.5)
        pairs.append(
            Pair(
                first=month.first,
                middle=round(middle, 1),
                received=_column(middle - width - _GAP / 2, width, month.received, scale),
                closed=_column(middle + _GAP / 2, width, month.closed, scale),
                new_year=i == 0 or month.first.month == 1,
            )
        )
    lines = [Line(round(BASE - step * n * scale, 1), step * n) for n in range(5)]
    return Chart(pairs, lines)


def _column(x: float, width: float, value: int, scale: float) -> Column:
    height = round(value * scale, 1)
    return Column(round(x, 1), round(BASE - height, 1), width, height, value)


def _round_step(highest: int) -> int:
    """The least of 1, 2, 5, 10, 20, 50 … whose fourfold is no less than the highest column."""
    power = 1
    while True:
        for n in (1, 2, 5):
            if 4 * n * power >= highest:
                return n * power
        power *= 10
