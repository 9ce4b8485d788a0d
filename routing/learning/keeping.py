"""Learned models as rows: versions, which of them is in use, and when a new one replaces it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from jobs.clock import this_moment
from routing.kept import changed, kept
from routing.models import Category, TriageModel

if TYPE_CHECKING:
    from routing.learning.judging import Judge
    from routing.learning.training import Example, Learned

#: The model that suggestions use; its labels are categories.
SUGGESTING = "categories"
#: Models in memory at a time.
LOADED = 3


@dataclass(frozen=True)
class InUse:
    """The version in use of a model; ``labels`` gives the examples that each label had."""

    id: int
    version: int
    labels: dict[str, int]


@dataclass(frozen=True)
class Trained:
    """What came of training. ``before`` is the version in use until now and its macro F1 on the same examples;
    ``version`` is that of the new model, None if it was no better and is not kept."""

    learned: Learned
    version: int | None
    before: tuple[int, float] | None


class WrongLabels(ValueError):
    """The model that suggestions use learns categories only."""


@kept
def in_use(name: str) -> InUse | None:
    """The newest version of the model. Another process's training is seen within half a minute."""
    row = TriageModel.objects.filter(name=name).order_by("-version").values("id", "version", "labels").first()
    return InUse(**row) if row else None


@lru_cache(maxsize=LOADED)
def load(row_id: int) -> Judge:
    """The model of a row, which never changes."""
    from routing.learning.judging import Judge  # numpy takes a while: only where something was learned

    return Judge.unpacked(bytes(TriageModel.objects.values_list("packed", flat=True).get(pk=row_id)))


def are_categories(labels: set[str]) -> bool:
    """Whether every label is the identifier of a category, main or sub."""
    return Category.objects.filter(code__in=labels).count() == len(labels)


def fitting(labels: set[str]) -> str | None:
    """The name of the model that knows most of these labels, of several the one trained last."""
    newest: dict[str, TriageModel] = {}
    for row in TriageModel.objects.defer("packed").order_by("version"):
        newest[row.name] = row
    ordered = sorted(newest.values(), key=lambda row: (len(labels & set(row.labels)), row.trained_at))
    return ordered[-1].name if ordered else None


def train(name: str, examples: list[Example], writers: Mapping[str, str] | None = None) -> Trained:
    """Learn, and keep the model if it is better than the version in use, if any; ``writers`` as in ``learn``.

    Where writers are known it also replaces a version that was learned without knowing them: that one may hold words
    by which a single business can be told.

    Both are compared on all the examples, each judged by a model that had not learned from it: one that the version
    in use was trained on by its own cross-validation, any other by that version itself. Raises ``TooFewExamples``
    and, for labels that the model may not have, ``WrongLabels``.
    """
    from routing.learning.training import learn, learnable, macro_f1

    rows = learnable(examples)
    if name == SUGGESTING and not are_categories({label for _text, label in rows}):
        raise WrongLabels(f"The labels of {name!r} must be identifiers of categories")
    learned = learn(rows, writers)
    current = TriageModel.objects.filter(name=name).order_by("-version").first()
    before = None
    if current is not None:
        before = (current.version, macro_f1([label for _text, label in rows], _judged_by(current, rows)))
        knows_too_much = writers is not None and not current.by_writers
        if learned.macro_f1 <= before[1] and not knows_too_much:
            return Trained(learned, None, before)
    return Trained(learned, _keep(name, learned, by_writers=writers is not None), before)


def _judged_by(row: TriageModel, examples: list[Example]) -> list[str]:
    from routing.learning.judging import Judge, read_unseen
    from routing.learning.training import mark

    judge, unseen = Judge.unpacked(bytes(row.packed)), read_unseen(bytes(row.packed))
    return [unseen.get(mark(text)) or judge.judge(text)[0].label for text, _label in examples]


@transaction.atomic
def _keep(name: str, learned: Learned, *, by_writers: bool) -> int:
    last = TriageModel.objects.filter(name=name).aggregate(last=Max("version"))["last"] or 0
    TriageModel.objects.create(
        name=name,
        version=last + 1,
        trained_at=this_moment(),
        examples=sum(learned.counts.values()),
        labels=learned.counts,
        accuracy=learned.accuracy,
        macro_f1=learned.macro_f1,
        by_writers=by_writers,
        packed=learned.judge.packed(learned.unseen),
    )
    changed()
    return last + 1
