"""Learning from labelled texts, and saying honestly how well it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from routing.learning.judging import VIEW_WEIGHTS, Judge, softmax
from routing.learning.reading import Cutter, as_it_stands, come_cut, count_words, joined, read, views
from text.fold import fold

#: Text and label.
Example = tuple[str, str]
#: A label with fewer examples is not learned: it could not be judged in every part of the cross-validation.
FEWEST = 5
PARTS = 5
#: Grams that stand in one text only say nothing about others.
IN_TEXTS = 2
#: Where it is known who wrote the texts, what fewer different people wrote is not kept: it may be a name.
OF_WRITERS = 3
#: How freely a text that was judged wrongly bends the weights, and how much a gram counts by how one-sided it is
#: (none 0, only by that 1); from 0.1 to 0.3 and from 0.5 to 1 the result hardly changes.
FREEDOM = 0.1
ONE_SIDED = 0.8


class TooFewExamples(ValueError):
    """There are not two labels with enough examples each, or the texts have nothing in common."""


@dataclass(frozen=True)
class Learned:
    """A model and its figures from cross-validation; ``unseen`` is what each example was judged to be while it was
    not learned from, by ``mark`` of its text."""

    judge: Judge
    counts: dict[str, int]
    accuracy: float
    macro_f1: float
    unseen: dict[int, str]


def mark(text: str) -> int:
    """Tells texts apart, without their words."""
    return int.from_bytes(sha256(fold(text).encode()).digest()[:8], "big")


def macro_f1(truth: Iterable[str], judged: Iterable[str]) -> float:
    """The mean over labels of the harmonic mean of precision and recall; a label nobody gave or meant is left out."""
    truth, judged = list(truth), list(judged)
    right = Counter(a for a, b in zip(truth, judged, strict=True) if a == b)
    given, meant = Counter(judged), Counter(truth)
    labels = given.keys() | meant.keys()
    return sum(2 * right[label] / (given[label] + meant[label]) for label in labels) / max(1, len(labels))


def accuracy(truth: list[str], judged: list[str]) -> float:
    return sum(a == b for a, b in zip(truth, judged, strict=True)) / max(1, len(truth))


def learnable(examples: Iterable[Example]) -> list[Example]:
    """The examples whose labels have enough of them."""
    rows = [(text, label) for text, label in examples if text.strip() and label]
    counts = Counter(label for _text, label in rows)
    return [(text, label) for text, label in rows if counts[label] >= FEWEST]


def learn(examples: Iterable[Example], writers: Mapping[str, str] | None = None) -> Learned:
    """A model of all the examples, and its figures from judging each fifth by what the other four teach.

    Held-out texts are judged as they would be typed, without spaces between Chinese words. ``writers`` tells for
    each text who wrote it, by any mark; without it no text is taken to be anybody's. Raises ``TooFewExamples``.
    """
    from sklearn.model_selection import StratifiedKFold

    rows = learnable(examples)
    truth = np.array([label for _text, label in rows])
    labels = sorted(set(truth.tolist()))
    if len(labels) < 2:
        raise TooFewExamples(f"Two labels with at least {FEWEST} examples each are needed")
    lesson = _Lesson([fold(text) for text, _label in rows], _numbered(writers, rows))
    points = np.zeros((len(rows), len(labels)))
    for known, held in StratifiedKFold(PARTS, shuffle=True, random_state=0).split(truth, truth):
        points[held] = lesson.judged(known, held, truth)
    answers = np.searchsorted(labels, truth)
    judged = [labels[number] for number in points.argmax(axis=1)]
    everything = np.arange(len(rows))
    return Learned(
        lesson.model(everything, truth, _sharpness(points, answers)),
        dict(Counter(truth.tolist())),
        accuracy(truth.tolist(), judged),
        macro_f1(truth.tolist(), judged),
        {mark(text): label for (text, _), label in zip(rows, judged, strict=True)},
    )


def _sharpness(points: np.ndarray, answers: np.ndarray) -> float:
    """The factor on the points of the model under which its scores are the likeliest account of the answers.

    Source: Guo and others, On Calibration of Modern Neural Networks (2017), temperature scaling.
    """

    def loss(factor: float) -> float:
        right = softmax(points * factor)[np.arange(len(answers)), answers]
        return float(-np.log(np.maximum(right, 1e-12)).sum())

    return min(np.geomspace(0.5, 50, 60).tolist(), key=loss)


def _numbered(writers: Mapping[str, str] | None, rows: list[Example]) -> np.ndarray | None:
    """The writer of each text as a number; None if nobody knows who wrote them."""
    if writers is None:
        return None
    return np.unique([writers[text] for text, _label in rows], return_inverse=True)[1]


class _View:
    """The grams of one view, numbered as they come up, and those of each text."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def counted(self, grams: list[str]) -> tuple[np.ndarray, np.ndarray]:
        numbers = self.numbers
        found = [numbers.setdefault(gram, len(numbers)) for gram in grams]
        return np.unique(np.array(found, dtype=np.int32), return_counts=True)


def _fit(matrix: Any, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (a row a gram, a column a label in order) and offsets: one label against the rest each.

    A support vector machine over grams made larger the more one-sidedly they stand in the texts of the label. Since
    that is a factor a gram, the weights take it in, and what is kept is plainly linear. Source: Wang and Manning,
    Baselines and Bigrams (2012), with presence, smoothing 1, and the size of the ratio alone.
    """
    from scipy.sparse import diags
    from sklearn.svm import LinearSVC

    present = (matrix > 0).astype(np.float32)
    everywhere = np.asarray(present.sum(axis=0)).ravel()
    weights, offsets = [], []
    for label in sorted(set(truth.tolist())):
        mine = truth == label
        here = np.asarray(present[mine].sum(axis=0)).ravel()
        inside, outside = here + 1, everywhere - here + 1
        ratio = np.abs(np.log((inside / inside.sum()) / (outside / outside.sum())))
        size = 1 - ONE_SIDED + ONE_SIDED * ratio / max(float(ratio.mean()), 1e-9)
        machine = LinearSVC(C=FREEDOM, class_weight="balanced", tol=1e-3, random_state=0)
        machine.fit(matrix @ diags(size.astype(np.float32)), mine)
        weights.append(machine.coef_[0] * size)
        offsets.append(machine.intercept_[0])
    return np.array(weights).T, np.array(offsets)


class _Lesson:
    """All the texts, read once."""

    def __init__(self, folded: list[str], writers: np.ndarray | None) -> None:
        self.folded, self.writers = folded, writers
        self.cut = come_cut(folded)
        self.words = [read(text, as_it_stands if self.cut else Cutter({})) for text in folded]
        self.views = [_View() for _weight in VIEW_WEIGHTS]
        self.texts = [self._counted(words) for words in self.words]

    def _counted(self, words: Any) -> list[tuple[np.ndarray, np.ndarray]]:
        return [view.counted(grams) for view, grams in zip(self.views, views(words), strict=True)]

    def _cutter(self, known: np.ndarray) -> Cutter:
        """Words for cutting are kept of texts that are nobody's alone: a list of words may hold names."""
        cut = self.cut and self.writers is None
        return Cutter(count_words(self.words[number] for number in known) if cut else {})

    def judged(self, known: np.ndarray, held: np.ndarray, truth: np.ndarray) -> np.ndarray:
        """Points of each label for the texts held back, by a model of the others."""
        cutter = self._cutter(known)
        retold = [self._counted(read(joined(self.folded[number]), cutter)) for number in held]
        chosen, rarity, weights, offsets = self._fitted(known, truth)
        return np.asarray(self._matrix(retold, chosen, rarity) @ weights) + offsets

    def model(self, known: np.ndarray, truth: np.ndarray, sharpness: float) -> Judge:
        chosen, rarity, weights, offsets = self._fitted(known, truth)
        names = [list(view.numbers) for view in self.views]
        return Judge(
            labels=sorted(set(truth[known].tolist())),
            word_counts=dict(self._cutter(known).counts),
            vocabularies=[
                [grams[number] for number in some] for grams, some in zip(names, chosen, strict=True)
            ],
            rarity=np.concatenate(rarity),
            weights=weights.astype(np.float32),
            offsets=offsets,
            sharpness=sharpness,
        )

    def _fitted(self, known: np.ndarray, truth: np.ndarray) -> tuple[Any, Any, np.ndarray, np.ndarray]:
        chosen, rarity = [], []
        for place, view in enumerate(self.views):
            found = np.concatenate([self.texts[number][place][0] for number in known])
            spread = np.bincount(found, minlength=len(view.numbers))
            some = np.flatnonzero((spread >= IN_TEXTS) & self._widely_written(known, place, len(spread)))
            chosen.append(some)
            rarity.append((np.log((1 + len(known)) / (1 + spread[some])) + 1).astype(np.float32))
        if not any(len(some) for some in chosen):
            raise TooFewExamples("The texts have no words in common")
        matrix = self._matrix([self.texts[number] for number in known], chosen, rarity)
        weights, offsets = _fit(matrix, truth[known])
        return chosen, rarity, weights, offsets

    def _widely_written(self, known: np.ndarray, place: int, size: int) -> Any:
        """Which grams of a view enough different people wrote."""
        if self.writers is None:
            return True
        found = np.concatenate([self.texts[number][place][0] for number in known]).astype(np.int64)
        by = np.repeat(self.writers[known], [len(self.texts[number][place][0]) for number in known])
        count = int(self.writers.max()) + 1
        pairs = np.unique(found * count + by)
        return np.bincount(pairs // count, minlength=size) >= OF_WRITERS

    def _matrix(self, texts: list[Any], chosen: list[np.ndarray], rarity: list[np.ndarray]) -> Any:
        """A row a text: for each view the grams by how often and how rarely they occur, to length one."""
        from scipy.sparse import csr_matrix, hstack
        from sklearn.preprocessing import normalize

        parts = []
        for place, (view, weight) in enumerate(zip(self.views, VIEW_WEIGHTS, strict=True)):
            column = np.full(len(view.numbers), -1, dtype=np.int32)
            column[chosen[place]] = np.arange(len(chosen[place]), dtype=np.int32)
            found = np.concatenate([column[text[place][0]] for text in texts])
            times = np.concatenate([text[place][1] for text in texts])
            row = np.repeat(np.arange(len(texts)), [len(text[place][0]) for text in texts])
            kept = found >= 0
            values = (1 + np.log(times[kept])) * rarity[place][found[kept]]
            shape = (len(texts), len(chosen[place]))
            matrix = csr_matrix((values.astype(np.float32), (row[kept], found[kept])), shape=shape)
            parts.append(normalize(matrix) * weight if shape[1] else matrix)
        return hstack(parts).tocsr()
