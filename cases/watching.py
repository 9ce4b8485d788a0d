"""What open pages may be told now, asked of the database for many sockets at once.

A socket is told nothing that has not just been looked up here: a session that ended, an account that changed or a
case that left the office is found before the next word. A thousand sockets cost as many queries as one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare

from accounts.models import User
from cases import readers, tracking
from cases.models import Case
from jobs.clock import this_moment

#: Close codes of the contract.
SIGN_IN_AGAIN, NO_SUCH_CASE = 4401, 4404


class Page(Enum):
    """Which page a socket belongs to."""

    TRACK = "track"
    CASE = "case"
    QUEUE = "queue"


#: What decides which cases a member of staff sees: role and office.
Sight = tuple[str, str | None]


@dataclass(slots=True)
class Question:
    """May this page stay open, and what may it be told?

    ``before`` is the sight found the first time: a person whose role or office changed signs in anew. ``named`` are
    cases that a queue has heard of; ``people`` are those who look at the case of a case page.
    """

    page: Page
    reference: str
    session_key: str
    before: Sight | None = None
    named: Sequence[str] = ()
    people: frozenset[int] = frozenset()


@dataclass(slots=True)
class Answer:
    """``code`` closes the socket, 0 lets it stay; the rest is for a socket that stays.

    ``seq`` is the number the page must have reached to be up to date. A queue has no number of its own: it takes the
    time of the last change it can see, in milliseconds since 1970. ``ends_at`` is when the page may no longer stay
    if nothing is done in its session meanwhile. ``named`` has the numbers of the named cases that this person sees,
    ``people`` the names of the others who look at the case.
    """

    code: int = 0
    seq: int = 0
    person: int | None = None
    sight: Sight | None = None
    ends_at: datetime | None = None
    named: dict[str, int] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)


def look(questions: Sequence[Question]) -> list[Answer]:
    """An answer to each question, in the same order. A handful of queries, however many questions there are."""
    sessions = _sessions({question.session_key for question in questions})
    staff = [q for q in questions if q.page is not Page.TRACK and q.session_key in sessions]
    users = _users(
        {sessions[q.session_key].holds.get(SESSION_KEY) for q in staff}
        | {person for q in staff for person in q.people}
    )
    answers = []
    standing = readers.standing(
        opening
        for q in questions
        if q.page is Page.TRACK and q.session_key in sessions
        if (opening := readers.opening_of(sessions[q.session_key].holds, q.reference)) is not None
    )
    followed: dict[str, list[Answer]] = defaultdict(list)
    sights: dict[Sight, list[tuple[Question, Answer, User]]] = defaultdict(list)
    for question in questions:
        session = sessions.get(question.session_key)
        if session is None:
            answers.append(Answer(SIGN_IN_AGAIN))
            continue
        answer = Answer(ends_at=session.ends_at)
        answers.append(answer)
        if question.page is Page.TRACK:
            until = tracking.followed_until(session.holds, question.reference)
            opening = readers.opening_of(session.holds, question.reference)
            if until is not None and (opening is None or opening in standing):
                answer.ends_at = min(session.ends_at, until)
                followed[question.reference].append(answer)
            else:
                answer.code = SIGN_IN_AGAIN
            continue
        user = _signed_in(session.holds, users)
        if user is None:
            answer.code = SIGN_IN_AGAIN
        elif not user.works_cases:
            answer.code = NO_SUCH_CASE
        else:
            answer.person, answer.sight = user.pk, (user.role, user.office_id)
            if question.before not in (None, answer.sight):
                answer.code = SIGN_IN_AGAIN
            else:
                sights[answer.sight].append((question, answer, user))
    _number_followed(followed)
    for seeing in sights.values():
        _number_seen(seeing, users)
    return answers


class _Session(NamedTuple):
    holds: dict[str, Any]
    ends_at: datetime


def _sessions(keys: set[str]) -> dict[str, _Session]:
    """Those sessions that have not ended."""
    model = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()
    rows = model.objects.filter(session_key__in=keys - {""}, expire_date__gt=this_moment())
    found = rows.values_list("session_key", "session_data", "expire_date")
    return {key: _Session(_decoded(data), ends_at) for key, data, ends_at in found}


@lru_cache(maxsize=4096)
def _decoded(data: str) -> dict[str, Any]:
    decoded: dict[str, Any] = import_module(settings.SESSION_ENGINE).SessionStore().decode(data)
    return decoded


def _users(keys: Iterable[Any]) -> dict[str, User]:
    """Active accounts by their key as a session holds it."""
    numbers = {str(key) for key in keys if key is not None and str(key).isdecimal()}
    return {str(user.pk): user for user in User.objects.filter(pk__in=numbers, is_active=True)}


def _signed_in(session: dict[str, Any], users: dict[str, User]) -> User | None:
    """As ``django.contrib.auth.get_user`` decides it: right backend, and the password has not changed since."""
    user = users.get(str(session.get(SESSION_KEY)))
    if user is None or session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    held = session.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return user if any(constant_time_compare(held, valid) for valid in hashes) else None


def _number_followed(followed: dict[str, list[Answer]]) -> None:
    if not followed:
        return
    rows = Case.objects.filter(reference__in=followed).values_list("reference", "public_seq")
    numbers = dict(rows)
    for reference, answers in followed.items():
        for answer in answers:
            answer.seq = numbers.get(reference, 0)
            answer.code = 0 if reference in numbers else NO_SUCH_CASE


def _number_seen(seeing: list[tuple[Question, Answer, User]], users: dict[str, User]) -> None:
    """Numbers for people of one sight, who all see the same cases."""
    visible = Case.objects.visible_to(seeing[0][2])
    references = {q.reference for q, _, _ in seeing if q.page is Page.CASE}
    references.update(reference for q, _, _ in seeing for reference in q.named)
    numbers = {}
    if references:
        numbers = dict(visible.filter(reference__in=references).values_list("reference", "seq"))
    changed = None
    if any(q.page is Page.QUEUE for q, _, _ in seeing):
        changed = visible.order_by("-updated_at").values_list("updated_at", flat=True).first()
    for question, answer, user in seeing:
        if question.page is Page.QUEUE:
            answer.seq = int(changed.timestamp() * 1000) if changed else 0
            answer.named = {ref: numbers[ref] for ref in question.named if ref in numbers}
        elif question.reference in numbers:
            answer.seq = numbers[question.reference]
            others = (users.get(str(person)) for person in question.people - {user.pk})
            answer.people = sorted(str(other) for other in others if other is not None and other.works_cases)
        else:
            answer.code = NO_SUCH_CASE
