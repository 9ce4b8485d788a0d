"""The people of the tests, and cases walked to where a test needs them through real moves.

Amina and Chi are caseworkers of the Guangdong office, Wing their supervisor, Bo a caseworker and Shan the
supervisor of the Shanghai office, Lan a caseworker of the Beijing Office, Hana sits at headquarters, Olivia is an
official, Ada the administrator. Mr Ho files. All are invented.
"""

import itertools
from dataclasses import dataclass, field

from django.utils import timezone

from accounts.models import Role, User
from cases.actions import open_case, perform
from cases.filing import Filing
from cases.models import Case, Referral
from cases.permissions import Actor
from cases.states import State
from routing.models import Authority, Category, Division

PASSWORD = "a-demo-password-of-tests"  # noqa: S105
_numbers = itertools.count(1)


@dataclass
class Cast:
    """Everybody, made once a test; ``staff("amina")`` is the actor of a person."""

    users: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            return self.__dict__["users"][name]
        except KeyError:
            raise AttributeError(name) from None

    def staff(self, name: str) -> Actor:
        return Actor.staff(self.users[name])


PEOPLE = {
    "amina": (Role.CASEWORKER, "GDETO", False),
    "chi": (Role.CASEWORKER, "GDETO", False),
    "wing": (Role.SUPERVISOR, "GDETO", True),
    "may": (Role.SUPERVISOR, "GDETO", False),
    "bo": (Role.CASEWORKER, "SHETO", False),
    "shan": (Role.SUPERVISOR, "SHETO", False),
    "lan": (Role.CASEWORKER, "BJO", False),
    "hana": (Role.HEADQUARTERS, None, False),
    "olivia": (Role.OFFICIAL, None, False),
    "ada": (Role.ADMINISTRATOR, None, False),
    "partner": (Role.PARTNER, None, False),
}


def make_cast() -> Cast:
    cast = Cast()
    for username, (role, office, heads) in PEOPLE.items():
        user = User(
            username=username,
            name=username.capitalize(),
            email=f"{username}@example.invalid",
            role=role,
            office_id=office,
            heads_office=heads,
        )
        user.set_unusable_password()
        user.save()
        cast.users[username] = user
    return cast


def a_filing(**changes) -> Filing:
    """Mr Ho's concern: goods held in Dongguan."""
    facts = {
        "key": f"test:{next(_numbers)}",
        "category": Category.objects.get(pk="CUS-1"),
        "division": Division.objects.get(pk="441900"),
        "text": "Our goods have been held at the port since 3 November and nobody tells us why.",
        "wanted": "Release of the goods.",
        "language": "en",
        "sharing": "office_only",
        "filer_kind": "enterprise",
        "name": "Ho Siu-ming",
        "company": "Harbour Lantern Trading Ltd (demo)",
        "email": "ho@example.invalid",
        "email_confirmed": True,
        "phone": "+852 5555 0000",
    } | changes
    return Filing(**facts)


def file_case(**changes) -> Case:
    return open_case(a_filing(**changes), by=Actor.new_business()).case


def move(subject, name, by, /, **inputs):
    """Make a move with the version as it stands, and return the event."""
    case = subject.case if isinstance(subject, Referral) else subject
    version = Case.objects.get(pk=case.pk).seq
    return perform(subject, name, by=by, version=version if by.is_staff else None, **inputs)


def triage_inputs(case, **changes):
    return {
        "category": case.category,
        "division": case.division,
        "level": "municipal",
        "proceedings": "none",
        "referable": "yes",
    } | changes


def an_authority(code="CUSTOMS-5200") -> Authority:
    return Authority.objects.get(pk=code)


def sent_referral(case, cast, authority=None, disclose="nothing", kind="concern") -> Referral:
    """Refer, draft, approve by another person, send; the case is then ``referred``."""
    amina, wing = cast.staff("amina"), cast.staff("wing")
    authority = authority or an_authority()
    move(case, "refer", amina, authorities=[authority], kind=kind, disclose=disclose)
    referral = Referral.objects.filter(case=case).latest("pk")
    move(referral, "draft", amina, subject="关于货物通关事宜的函", body="请贵单位依法核实并函复。")
    move(referral, "approve", wing)
    move(referral, "send", amina, channel="post", sent_on=timezone.localdate())
    return Referral.objects.get(pk=referral.pk)


def make_case(state: State | str, cast: Cast, **changes) -> Case:
    """A case in this state, reached only through moves that people could make."""
    case = file_case(**changes)
    amina = cast.staff("amina")
    state = State(state)
    if state == State.RECEIVED:
        return Case.objects.get(pk=case.pk)
    if state == State.WITHDRAWN:
        move(case, "withdraw", Actor.business(case))
        return Case.objects.get(pk=case.pk)
    move(case, "triage", amina, **triage_inputs(case))
    if state == State.AWAITING:
        move(case, "ask", amina, text="Which declaration number?")
    if state in (State.REFERRED, State.ANSWERED, State.CLOSED):
        referral = sent_referral(case, cast)
    if state in (State.ANSWERED, State.CLOSED):
        record_answer(case, referral, cast)
    if state == State.CLOSED:
        relay_and_close(case, referral, cast)
    return Case.objects.get(pk=case.pk)


def record_answer(case, referral, cast, **changes):
    inputs = {
        "referral": referral,
        "received_on": timezone.localdate(),
        "channel": "post",
        "result": "granted",
        "text": "货物已放行。",
    } | changes
    return move(case, "record_answer", cast.staff("amina"), **inputs)


def relay_and_close(case, referral, cast):
    amina = cast.staff("amina")
    move(case, "relay_answer", amina, referrals=[referral], text="Released.", proposed_outcome="resolved")
    move(case, "close", amina, outcome="resolved", text="Your goods were released.")
