"""Cases that read alike: the same matter told again, in whatever script.

Candidates are bounded (the newest of the same category, and the business's own), so that a page costs the same among
a million cases. They are compared by the folded words of what was written: Traditional and Simplified are one.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from accounts.models import User
from cases.models import Case, CaseLink
from routing.scan import tokens, words_as_written

#: Of the category so many of the newest are compared; of the business's own concerns so many.
OF_CATEGORY, OF_BUSINESS = 80, 20
SHOWN = 10
#: Texts below this likeness, from 0 to 1, share little but the phrases of their subject.
ALIKE = 0.12
#: What a business's own concerns need less: they are worth a look in any case.
OWN = 0.3
WORDS_NAMED, LONGEST = 4, 16


@dataclass(frozen=True)
class Similar:
    """``words`` are what both say; ``same_business`` means that one of the two may be merged into the other."""

    case: Case
    likeness: float
    words: list[str]
    same_business: bool


def similar_to(case: Case, user: User) -> list[Similar]:
    """At most ten cases that ``user`` may see, the most alike first; linked ones are left out, they are known."""
    rows = {row.pk: row for row in [*_of_category(case, user), *_of_business(case, user)]}
    rows.pop(case.pk, None)
    for one, other in CaseLink.objects.filter(one=case).values_list("one_id", "other_id"):
        rows.pop(other if one == case.pk else one, None)
    for one, other in CaseLink.objects.filter(other=case).values_list("one_id", "other_id"):
        rows.pop(other if one == case.pk else one, None)
    theirs = {pk: Counter(_grams(tokens(row.statement.text))) for pk, row in rows.items()}
    spread = Counter(gram for grams in theirs.values() for gram in grams)
    rarity = {gram: math.log((2 + len(rows)) / (1 + count)) for gram, count in spread.items()}
    own = Counter(_grams(tokens(case.statement.text)))
    found = []
    for pk, row in rows.items():
        same = case.same_business_as(row)
        likeness = _likeness(own, theirs[pk], rarity)
        if likeness >= (ALIKE * OWN if same else ALIKE):
            found.append(Similar(row, likeness, _shared(case.statement.text, theirs[pk]), same))
    return sorted(found, key=lambda one: (-one.same_business, -one.likeness))[:SHOWN]


def _of_category(case: Case, user: User) -> list[Case]:
    rows = Case.objects.visible_to(user).filter(category=case.category_id).order_by("-pk")
    return list(rows.select_related("statement", "office", "contact")[:OF_CATEGORY])


def _of_business(case: Case, user: User) -> list[Case]:
    if not case.company_key:
        return []
    rows = Case.objects.visible_to(user).filter(company_key=case.company_key).order_by("-pk")
    return list(rows.select_related("statement", "office", "contact")[:OF_BUSINESS])


def _grams(words: list[str]) -> list[str]:
    """Latin words and numbers whole, Chinese in pairs."""
    pairs = [one + two for one, two in pairwise(words) if not one.isascii() and not two.isascii()]
    return [word for word in words if word.isascii() and len(word) > 2] + pairs


def _likeness(mine: Counter[str], other: Counter[str], rarity: dict[str, float]) -> float:
    """The weight of what both say against the weight of what either says."""
    both = sum(rarity.get(gram, 0.0) for gram in mine.keys() & other.keys())
    either = sum(rarity.get(gram, math.log(2)) for gram in mine.keys() | other.keys())
    return both / either if either else 0.0


def _shared(text: str, other: Counter[str]) -> list[str]:
    """The longest runs of words that both texts have, as this one has them written."""
    words, written = tokens(text), words_as_written(text)
    shown = written if len(written) == len(words) else words
    runs: list[str] = []
    begun = False
    for at, (one, two) in enumerate(pairwise([*words, ""])):
        if one + two in other and not one.isascii() and not two.isascii():
            if begun:
                runs[-1] += shown[at + 1]
            else:
                runs.append(shown[at] + shown[at + 1])
            begun = True
        else:
            begun = False
            if one.isascii() and len(one) > 3 and one in other:
                runs.append(shown[at])
    longest = sorted(dict.fromkeys(runs), key=lambda words: -len(words))[:WORDS_NAMED]
    return [words if len(words) <= LONGEST else f"{words[:LONGEST]}…" for words in longest]
