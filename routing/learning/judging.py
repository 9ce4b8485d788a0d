"""A learned model at work: the labels of a text with calibrated scores, and the words that weighed."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from routing.learning.reading import Cutter, Placed, read, units, views
from text.fold import fold

#: How much the pairs of a text, its words and its beginning count against each other.
VIEW_WEIGHTS = (1.0, 1.0, 0.8)
#: How many words an explanation names.
WORDS_NAMED = 4


@dataclass(frozen=True)
class Verdict:
    """``score`` is the share of such texts that have this label, between 0 and 1."""

    label: str
    score: float


@dataclass(frozen=True)
class Heard:
    """A text as a model takes it: the text to quote from, its words, and for each view the known grams, their numbers
    and what each counts."""

    shown: str
    words: list[Placed]
    weighed: list[tuple[list[str], np.ndarray, np.ndarray]]


class Judge:
    """A model in memory. ``weights`` has a row for each gram of the three views in turn and a column a label."""

    def __init__(
        self,
        *,
        labels: list[str],
        word_counts: dict[str, int],
        vocabularies: list[list[str]],
        rarity: np.ndarray,
        weights: np.ndarray,
        offsets: np.ndarray,
        sharpness: float,
    ) -> None:
        self.labels, self.vocabularies = labels, vocabularies
        self.rarity, self.weights, self.offsets, self.sharpness = rarity, weights, offsets, sharpness
        self.cutter = Cutter(word_counts)

    @cached_property
    def _rows(self) -> list[dict[str, int]]:
        rows, first = [], 0
        for vocabulary in self.vocabularies:
            rows.append({gram: first + number for number, gram in enumerate(vocabulary)})
            first += len(vocabulary)
        return rows

    def hear(self, text: str) -> Heard:
        """The text read once, for verdicts and explanations."""
        folded = fold(text)
        words = read(folded, self.cutter)
        weighed = []
        for said, rows, weight in zip(views(words), self._rows, VIEW_WEIGHTS, strict=True):
            counted = {gram: times for gram, times in Counter(said).items() if gram in rows}
            found = np.array([rows[gram] for gram in counted], dtype=np.int64)
            times = np.array(list(counted.values()), dtype=np.float64)
            values = (1 + np.log(times)) * self.rarity[found]
            length = math.sqrt(float(values @ values)) or 1.0
            weighed.append((list(counted), found, values * (weight / length)))
        # Shown as it was written, if folding kept every character in its place.
        return Heard(text if len(text) == len(folded) else folded, words, weighed)

    def verdicts(self, heard: Heard) -> list[Verdict]:
        """All labels, the likeliest first."""
        points = self.offsets.astype(np.float64)
        for _grams, found, values in heard.weighed:
            points = points + values @ self.weights[found]
        scores = softmax(points[np.newaxis] * self.sharpness)[0]
        order = np.argsort(-scores, kind="stable")
        return [Verdict(self.labels[number], float(scores[number])) for number in order]

    def judge(self, text: str) -> list[Verdict]:
        return self.verdicts(self.hear(text))

    def explain(self, heard: Heard, label: str) -> list[str]:
        """The words of the text that spoke most for this label."""
        column = self.labels.index(label)
        points: Counter[str] = Counter()
        for grams, found, values in heard.weighed:
            points.update(dict(zip(grams, (values * self.weights[found, column]).tolist(), strict=True)))
        pairs = not self.cutter.counts
        named = {
            written: points[gram]
            for written, gram in _spans(heard.words, heard.shown, pairs=pairs)
            if points[gram] > 0
        }
        chosen: list[str] = []
        for written in sorted(named, key=lambda one: -named[one]):
            if not any(written in other or other in written for other in chosen):
                chosen.append(written)
            if len(chosen) == WORDS_NAMED:
                break
        return chosen

    # --- as bytes -----------------------------------------------------------------------
    def packed(self, unseen: dict[int, str]) -> bytes:
        """One compressed file of plain arrays; nothing in it is ever run. For ``unseen`` see ``read_unseen``."""
        out = io.BytesIO()
        counts = self.cutter.counts
        np.savez_compressed(
            out,
            allow_pickle=False,
            labels=_lines(self.labels),
            words=_lines(counts),
            counts=np.fromiter(counts.values(), dtype=np.int32, count=len(counts)),
            rarity=self.rarity.astype(np.float32),
            weights=self.weights.astype(np.float16),
            offsets=self.offsets.astype(np.float32),
            sharpness=np.array(self.sharpness),
            **{f"grams{number}": _lines(grams) for number, grams in enumerate(self.vocabularies)},
            unseen=np.fromiter(unseen.keys(), dtype=np.uint64, count=len(unseen)),
            unseen_labels=np.array([self.labels.index(label) for label in unseen.values()], dtype=np.int32),
        )
        return out.getvalue()

    @classmethod
    def unpacked(cls, packed: bytes) -> Judge:
        with np.load(io.BytesIO(packed), allow_pickle=False) as kept:
            words = _read_lines(kept["words"])
            return cls(
                labels=_read_lines(kept["labels"]),
                word_counts=dict(zip(words, kept["counts"].tolist(), strict=True)),
                vocabularies=[_read_lines(kept[f"grams{number}"]) for number in range(len(VIEW_WEIGHTS))],
                rarity=kept["rarity"],
                weights=kept["weights"].astype(np.float32),
                offsets=kept["offsets"],
                sharpness=float(kept["sharpness"]),
            )


def read_unseen(packed: bytes) -> dict[int, str]:
    """What the examples of a packed model were judged to be while they were held back, by the mark of the text."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as kept:
        labels = _read_lines(kept["labels"])
        judged = zip(kept["unseen"].tolist(), kept["unseen_labels"].tolist(), strict=True)
        return {number: labels[label] for number, label in judged}


def softmax(points: np.ndarray) -> np.ndarray:
    raised: Any = np.exp(points - points.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _spans(words: list[Placed], shown: str, *, pairs: bool) -> Iterable[tuple[str, str]]:
    """What a reader can recognise, with its gram: words or, if none are known, pairs that stand together."""
    for word, at in words:
        if len(word) > 1:
            yield shown[at : at + len(word)], word
    placed = units(words) if pairs else []
    for (one, at), (two, then) in pairwise(placed):
        if at + len(one) == then:
            yield shown[at : then + len(two)], f"{one} {two}"


def _lines(words: Iterable[str]) -> np.ndarray:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _read_lines(kept: np.ndarray) -> list[str]:
    text = kept.tobytes().decode()
    return text.split("\n") if text else []
