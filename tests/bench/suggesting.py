"""Suggestions for texts, with and without a learned model, against folding the same texts."""

from __future__ import annotations

from functools import partial

from routing.learning.keeping import SUGGESTING, train
from routing.models import Category
from routing.suggestions import suggest
from tests.bench.measuring import interleaved, line
from text.fold import fold

MANY, LONG = 1_000, 4_000
PASSES = 5
ENGLISH = "Our container has been held at the port in Dongguan for {} days; customs clearance is delayed. "
CHINESE = "我司在东莞的货物被扣{}天，报关单已递交，清关延误，税务局要求补缴税款。"
TEXTS = [sentence.format(number) * 5 for number in range(MANY // 2) for sentence in (ENGLISH, CHINESE)]


def _each(act: object, texts: list[str]) -> None:
    for text in texts:
        act(text)  # type: ignore[operator]


def _teach() -> None:
    """A model of all subcategories, from their own keywords."""
    rows = Category.objects.exclude(parent=None)
    train(
        SUGGESTING,
        [
            (f"{word}，{row.name_zh_hans}，{number}号公司请求处理。", row.code)
            for row in rows
            for number, word in enumerate(row.keywords["zh_hans"] * 5)
        ],
    )


def suggesting() -> None:
    folding = partial(_each, fold, TEXTS)
    long = (CHINESE * (LONG // len(CHINESE) + 1))[:LONG]
    for name in ("by keywords", "with a learned model"):
        took, bare = interleaved(partial(_each, suggest, TEXTS), folding, passes=PASSES)
        line(f"{MANY} suggestions {name}", took, "ms", "folding the same texts", bare)
        one, bare_one = interleaved(partial(suggest, long), partial(fold, long), passes=PASSES)
        line(f"{LONG} characters {name}", one, "ms", "folding the same text", bare_one)
        if name == "by keywords":
            _teach()


BENCHES = {"suggest": suggesting}
