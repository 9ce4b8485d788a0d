"""A column chart drawn on the server: it prints, needs no script, and stands beside its table."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 660, 300, 40, 260, 20


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    look: str


def columns(labels: list[str], first: list[int], second: list[int], said: str) -> SafeString:
    """Two columns a label. ``said`` is the sentence that describes the drawing to those who cannot see it."""
    top = _round_up(max([*first, *second, 4]))
    step = (WIDTH - LEFT) / max(len(labels), 1)
    wide = step * 0.36
    bars, names = [], []
    for i, label in enumerate(labels):
        x = LEFT + i * step + step * 0.12
        for look, value, shift in (("a", first[i], 0.0), ("b", second[i], wide + 1)):
            height = (BOTTOM - TOP) * value / top
            bars.append(Bar(round(x + shift, 1), round(BOTTOM - height, 1), round(wide, 1), round(height, 1), look))
        names.append((round(LEFT + (i + 0.5) * step, 1), label))
    lines = [(round(BOTTOM - (BOTTOM - TOP) * n / 4, 1), top * n // 4) for n in range(5)]
    context = {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "bottom": BOTTOM,
        "bars": bars,
        "names": names,
        "lines": lines,
        "said": said,
    }
    return SafeString(render_to_string("reports/columns.svg", context).strip())


def _round_up(value: int) -> int:
    """The next of 4, 8, 12, 20, 40, 80, 120, 200, …: a quarter of it is a whole, round number."""
    scale = 1
    while True:
        for size in (4, 8, 12, 20):
            if size * scale >= value:
                return size * scale
        scale *= 10
