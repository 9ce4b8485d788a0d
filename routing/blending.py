"""Categories by keywords and by what was learned from closed cases, as one list."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from routing.learning.keeping import SUGGESTING, in_use, load
from routing.reasons import Three, in_three

#: With so many examples of a category the keywords and the model count alike for it.
EVEN_AT = 20
#: A category that only the model proposes is shown from this score on.
SHOWN_FROM = 0.1

#: Category, score between 0 and 1, reason.
Scored = tuple[str, float, Three]


def blended(by_keywords: list[Scored], text: str, allowed: Callable[[str], bool], best: int) -> list[Scored]:
    """The best categories first. Without a model, those that the keywords found, as they are.

    A category's score moves from the keywords' to the model's as the model has seen more examples of it; a category
    it knows nothing of keeps its own. ``allowed`` says which others may come in.
    """
    model = in_use(SUGGESTING)
    if model is None:
        return by_keywords[:best]
    judge = load(model.id)
    heard = judge.hear(text)
    learned = {row.label: row.score for row in judge.verdicts(heard)}
    found = {code: (score, why) for code, score, why in by_keywords}
    scored: list[tuple[float, float, str]] = []
    for code in found.keys() | {one for one in learned if allowed(one)}:
        examples = model.labels.get(code, 0)
        trust = examples / (examples + EVEN_AT)
        score = (1 - trust) * found[code][0] if code in found else 0.0
        score += trust * learned.get(code, 0.0)
        if code in found or score >= SHOWN_FROM:
            scored.append((score, trust * learned.get(code, 0.0), code))
    scored.sort(key=lambda row: (-row[0], row[2]))
    rows: list[Scored] = []
    for score, from_model, code in scored[:best]:
        words = judge.explain(heard, code) if from_model > score / 2 else []
        if words:
            sentence = _("Earlier cases like it were sorted here; what weighed: %(words)s")
            why = in_three(sentence, words=", ".join(words))
        elif code in found:
            why = found[code][1]
        else:
            why = in_three(_("Earlier cases like it were sorted here."))
        rows.append((code, score, why))
    return rows
