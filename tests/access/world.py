"""One case to which everybody stands in another relation, walked there through real moves, and who they are.

The Guangdong office owns it; Beijing handles it with them, Chengdu is asked to take it over, Shanghai had it before,
Wuhan has nothing to do with it. A partner organisation filed it. All people and words are invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.authtoken.models import Token

from accounts.idle import BEGAN, LAST_ACT, begin
from accounts.models import Role, User
from cases.actions import open_case, perform
from cases.files import keep_upload
from cases.guidance_versions import propose
from cases.importing import take
from cases.issues.acts import propose_news
from cases.models import Attachment, Case, Reading, Referral
from cases.permissions import Actor
from cases.tables import read
from jobs.models import WorkerBeat
from routing.models import Guidance, Office
from tests.cases import talking
from tests.cast import PASSWORD, Cast, a_filing, an_authority, make_cast, move, triage_inputs
from tests.issues.gathered import TEXTS, an_issue

#: Who asks, by name in the table of expectations, with what it says in the document.
ROLES = {
    "nobody": "not signed in, without a code",
    "business": "the business, with its code",
    "other_business": "another business, with its own code",
    "partner": "the partner that filed it",
    "other_partner": "another partner",
    "own": "caseworker of the office that owns the case",
    "supervisor": "supervisor of that office",
    "cohandler": "caseworker of the co-handling office",
    "receiving": "caseworker of the office asked to take it over",
    "former": "caseworker of the office that had it before",
    "other": "caseworker of another office",
    "other_supervisor": "supervisor of another office",
    "headquarters": "headquarters",
    "official": "official",
    "administrator": "administrator",
    "suspended": "suspended caseworker of the owning office",
    "expired": "caseworker of the owning office whose session has ended",
}
#: Signed-in people by their user name in the cast.
USERS = {
    "partner": "partner",
    "other_partner": "agent",
    "own": "amina",
    "supervisor": "may",
    "cohandler": "lan",
    "receiving": "chun",
    "former": "bo",
    "other": "wen",
    "other_supervisor": "wei",
    "headquarters": "hana",
    "official": "olivia",
    "administrator": "ada",
    "suspended": "sue",
    "expired": "chi",
}
MORE_PEOPLE = {
    "agent": (Role.PARTNER, None),
    "chun": (Role.CASEWORKER, "CDETO"),
    "wen": (Role.CASEWORKER, "WHETO"),
    "wei": (Role.SUPERVISOR, "WHETO"),
    "sue": (Role.CASEWORKER, "GDETO"),
}


_TABLE = (
    "channel,received_on,text,division,category,filer_kind,company,language\n"
    "phone,2026-01-05,Our goods are held.,441900,CUS-1,enterprise,Quiet Harbour Ltd,en\n"
)


@dataclass
class World:
    """The case, what belongs to it, and the cookies and headers by which each role is known."""

    cast: Cast
    case: Case
    code: str
    #: Sent and not answered; another of the case was answered.
    referral: Referral
    business_file: Attachment
    authority_file: Attachment
    other_case: Case
    other_code: str
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)


def build_world() -> World:
    cast = make_cast()
    for name, (role, office) in MORE_PEOPLE.items():
        cast.users[name] = _person(name, role, office)
    _let_sign_in(cast)
    filed = open_case(a_filing(sharing="named"), by=Actor.partner(cast.partner))
    business_file = keep_upload(_a_file("declaration.txt"), case=filed.case, from_business=True)
    referral, authority_file = _walk(filed.case, cast)
    texts = {"text_en": "Other words.", "text_zh_hant": "另一說法。", "text_zh_hans": "另一说法。"}
    propose(Guidance.objects.get(pk="all.can"), cast.amina, texts, checked=True)
    WorkerBeat.objects.create(
        worker_id="of the tests", kind="worker", seen=timezone.now() + timezone.timedelta(days=1)
    )
    other = open_case(a_filing(text="Our licence was not renewed."), by=Actor.partner(cast.agent))
    take(read(_TABLE.encode()), cast.may, "concerns.csv", mail=False)
    issue = an_issue(cast.amina)
    move(filed.case, "join_issue", cast.staff("amina"), issue=issue, reason="The same charge.")
    propose_news(issue, TEXTS, by=cast.amina, version=1)
    world = World(
        cast=cast,
        case=Case.objects.get(pk=filed.case.pk),
        code=filed.tracking_code,
        referral=Referral.objects.get(pk=referral.pk),
        business_file=business_file,
        authority_file=authority_file,
        other_case=other.case,
        other_code=other.tracking_code,
    )
    _known_by(world)
    return world


def _person(name: str, role: Role, office: str | None) -> User:
    user = User(
        username=name, name=name.capitalize(), email=f"{name}@example.invalid", role=role, office_id=office
    )
    user.set_unusable_password()
    user.save()
    return user


def _let_sign_in(cast: Cast) -> None:
    """One password for all, hashed once."""
    hashed = make_password(PASSWORD)
    for user in cast.users.values():
        user.password = hashed
    User.objects.bulk_update(cast.users.values(), ["password"])


def _a_file(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, f"What {name} says.".encode())


def _walk(case: Case, cast: Cast) -> tuple[Referral, Attachment]:
    """From Shanghai to Guangdong, through every kind of row that a case can have, to a transfer that waits."""
    amina, wing, bo = cast.staff("amina"), cast.staff("wing"), cast.staff("bo")
    here, there = Office.objects.get(pk="GDETO"), Office.objects.get(pk="SHETO")
    move(case, "transfer", amina, to_office=there, reason="The goods are in Shanghai.")
    move(case, "accept_transfer", bo)
    move(case, "transfer", bo, to_office=here, reason="They are not.")
    move(case, "accept_transfer", amina, assignee=cast.amina)
    move(case, "triage", amina, **triage_inputs(case, level="national"))
    move(case, "set_priority", amina, priority="urgent", reason="Perishable goods.")
    move(case, "add_note", amina, text="The agent is known to us.")
    move(case, "ask", amina, text="Which declaration number?")
    perform(case, "reply", by=Actor.business(case), text="No. 5200-1234.", files=[])
    _extension(case, cast)
    answered = _referral(case, cast, "CUSTOMS-5200")
    authority = Actor.authority(answered)
    file = keep_upload(_a_file("reply.txt"), case=case, from_business=False)
    perform(answered, "acknowledge", by=authority)
    perform(answered, "answer", by=authority, text="货物已放行。", files=[file])
    move(answered, "return_answer", amina, reason="The date is missing.")
    perform(Referral.objects.get(pk=answered.pk), "answer", by=authority, text="货物已于今日放行。")
    out = _referral(case, cast, "CUSTOMS-5300")
    move(out, "chase", amina, channel="phone")
    move(case, "record_answer", amina, referral=Referral.objects.get(pk=answered.pk), result="granted",
         received_on=timezone.localdate(), channel="email", text="Released, they say.")  # fmt: skip
    move(case, "escalate", amina, level=1, reason="The business called three times.")
    move(case, "transfer", wing, to_office=Office.objects.get(pk="CDETO"), reason="Chengdu knows the agent.")
    Reading.objects.create(
        case=case, user=cast.amina, what="identity", reason="To call back.", at=timezone.now()
    )
    return out, file


def _extension(case: Case, cast: Cast) -> None:
    day = timezone.localdate() + timezone.timedelta(days=30)
    move(
        case,
        "request_extension",
        cast.staff("amina"),
        clock="referral",
        new_date=day,
        reason="The file is long.",
    )


def _referral(case: Case, cast: Cast, code: str) -> Referral:
    amina, may = cast.staff("amina"), cast.staff("may")
    move(case, "refer", amina, authorities=[an_authority(code)], kind="concern", disclose="nothing")
    referral = Referral.objects.filter(case=case).latest("pk")
    move(referral, "draft", amina, subject="关于货物通关事宜的函", body="请贵单位依法核实并函复。")
    move(referral, "approve", may)
    move(referral, "return_draft", amina, comments="Add the date.")
    move(referral, "draft", amina, subject="关于货物通关事宜的函", body="请贵单位依法核实并于十日内函复。")
    move(referral, "approve", may)
    move(referral, "send", amina, channel="post", sent_on=timezone.localdate())
    return Referral.objects.get(pk=referral.pk)


# --- by what each is known ----------------------------------------------------------------------------
def _known_by(world: World) -> None:
    for role in ROLES:
        world.cookies[role], world.headers[role] = {}, {}
    for role, case, code in (
        ("business", world.case, world.code),
        ("other_business", world.other_case, world.other_code),
    ):
        world.cookies[role] = _cookie(new_session(case.reference))
        world.headers[role] = {"X-Tracking-Code": code}
    for role, name in USERS.items():
        user = world.cast.users[name]
        world.cookies[role] = _cookie(new_session(user=user, expired=role == "expired"))
        if role in ("partner", "other_partner", "suspended"):
            world.headers[role] = {"Authorization": f"Token {Token.objects.create(user=user).key}"}
    User.objects.filter(username="sue").update(is_active=False)


def new_session(*references: str, user: User | None = None, expired: bool = False) -> Any:
    session = talking.new_session(*references, user=user)
    if user is not None:
        begin(session)
    if expired:
        session[LAST_ACT] = session[BEGAN] = 0
        session.set_expiry(-60)
    session.save()
    return session


def _cookie(session: Any) -> dict[str, str]:
    return {settings.SESSION_COOKIE_NAME: session.session_key}
