"""Who is asking, and what each may do. ``moves.md`` sections 2, 3 and 8 are the table behind it.

A predicate answers "may this actor make this move on this case"; seeing a case at all is
``Case.objects.visible_to``, and what the state allows is the move's own conditions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from accounts.models import Role, User

if TYPE_CHECKING:
    from cases.models import Case, Referral


class ActorKind(StrEnum):
    BUSINESS = "business"
    AUTHORITY = "authority"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who makes a move. There is no default: nothing is done by nobody.

    ``case_id`` is the case whose tracking code a business holds; ``referral_id`` the referral whose link an
    authority's contact holds; ``channel`` says how a business told a member of staff what they record for it.
    """

    kind: ActorKind
    user: User | None = None
    case_id: int | None = None
    referral_id: int | None = None
    channel: str = ""

    @classmethod
    def staff(cls, user: User) -> Actor:
        return cls(ActorKind.STAFF, user=user)

    @classmethod
    def caller(cls, user: User, channel: str) -> Actor:
        """Staff recording what a business said on the phone or at the counter."""
        return cls(ActorKind.STAFF, user=user, channel=channel)

    @classmethod
    def business(cls, case: Case) -> Actor:
        return cls(ActorKind.BUSINESS, case_id=case.pk)

    @classmethod
    def partner(cls, user: User) -> Actor:
        """A chamber or agent that files through the API and sees only what it filed."""
        return cls(ActorKind.BUSINESS, user=user)

    @classmethod
    def new_business(cls) -> Actor:
        """Somebody about to file: there is no case yet."""
        return cls(ActorKind.BUSINESS)

    @classmethod
    def authority(cls, referral: Referral) -> Actor:
        return cls(ActorKind.AUTHORITY, case_id=referral.case_id, referral_id=referral.pk)

    @classmethod
    def system(cls) -> Actor:
        return cls(ActorKind.SYSTEM)

    @classmethod
    def accounts(cls, administrator: User | None) -> Actor:
        """The system acting because an account changed; the administrator who changed it is named, and sees no case."""
        return cls(ActorKind.SYSTEM, user=administrator)

    @property
    def on_behalf(self) -> bool:
        return self.kind == ActorKind.STAFF and bool(self.channel)

    @property
    def is_staff(self) -> bool:
        return self.kind == ActorKind.STAFF


Predicate = Callable[[Any, Actor], bool]


def _case(subject: Any) -> Case:
    return getattr(subject, "case", subject)


def _role(actor: Actor, *roles: Role) -> bool:
    return actor.kind == ActorKind.STAFF and actor.user is not None and actor.user.role in roles


def _for_the_office(actor: Actor) -> bool:
    """Staff speaking for their office: whoever records a business's words makes only the business's moves."""
    return not actor.on_behalf


def headquarters(subject: Any, actor: Actor) -> bool:
    return _for_the_office(actor) and _role(actor, Role.HEADQUARTERS)


def office_staff(subject: Any, actor: Actor) -> bool:
    """C or S of the office that owns the case; headquarters may do whatever a supervisor may."""
    return _for_the_office(actor) and _of_the_office(subject, actor)


def _of_the_office(subject: Any, actor: Actor) -> bool:
    if _role(actor, Role.HEADQUARTERS):
        return True
    return _role(actor, Role.CASEWORKER, Role.SUPERVISOR) and _office_id(actor) == _case(subject).office_id


def supervisor(subject: Any, actor: Actor) -> bool:
    """S of the office that owns the case, or headquarters."""
    if headquarters(subject, actor):
        return True
    own = _role(actor, Role.SUPERVISOR) and _office_id(actor) == _case(subject).office_id
    return own and _for_the_office(actor)


def cohandler(subject: Any, actor: Actor) -> bool:
    case = _case(subject)
    return (
        _for_the_office(actor)
        and _role(actor, Role.CASEWORKER, Role.SUPERVISOR)
        and case.co_office_id is not None
        and _office_id(actor) == case.co_office_id
    )


def receiving_office(subject: Any, actor: Actor) -> bool:
    """C or S of the office to which the case is on its way."""
    case = _case(subject)
    if case.moving_to_id is None:
        # Whoever was second is told so by the state, not turned away as if it had never been theirs to accept.
        return office_staff(subject, actor)
    return headquarters(subject, actor) or (
        _for_the_office(actor)
        and _role(actor, Role.CASEWORKER, Role.SUPERVISOR)
        and _office_id(actor) == case.moving_to_id
    )


def assignee_or_supervisor(subject: Any, actor: Actor) -> bool:
    case = _case(subject)
    holds = actor.is_staff and actor.user is not None and case.assignee_id == actor.user.pk
    return (holds and office_staff(subject, actor)) or supervisor(subject, actor)


def works_on(subject: Any, actor: Actor) -> bool:
    """Staff of an office that has to do with the case; a former office reads on for a while and does nothing."""
    return any(p(subject, actor) for p in (office_staff, cohandler, receiving_office))


def business(subject: Any, actor: Actor) -> bool:
    """The business itself, or staff of the owning office recording what it told them."""
    case = _case(subject)
    if actor.kind == ActorKind.BUSINESS:
        return actor.case_id == case.pk or (
            actor.user is not None and case.filed_by_id is not None and case.filed_by_id == actor.user.pk
        )
    return actor.on_behalf and _of_the_office(subject, actor)


def writer(subject: Any, actor: Actor) -> bool:
    """Either side of the conversation: the business, or the office."""
    return business(subject, actor) or office_staff(subject, actor)


def authority(subject: Any, actor: Actor) -> bool:
    """The authority's contact for this one referral, or staff of the office recording its word."""
    if actor.kind == ActorKind.AUTHORITY:
        return actor.referral_id == getattr(subject, "pk", None)
    return office_staff(subject, actor)


def authority_alone(subject: Any, actor: Actor) -> bool:
    return actor.kind == ActorKind.AUTHORITY and actor.referral_id == getattr(subject, "pk", None)


def system(subject: Any, actor: Actor) -> bool:
    return actor.kind == ActorKind.SYSTEM


def any_of(*predicates: Predicate) -> Predicate:
    def permitted(subject: Any, actor: Actor) -> bool:
        return any(p(subject, actor) for p in predicates)

    permitted.__name__ = "_or_".join(p.__name__ for p in predicates)
    return permitted


def office_or_cohandler(subject: Any, actor: Actor) -> bool:
    """The owning office; for a national body also the co-handling one."""
    if office_staff(subject, actor):
        return True
    authority_asked = getattr(subject, "authority", None)
    national = authority_asked is None or authority_asked.level == "national"
    return national and cohandler(subject, actor)


def approver(subject: Any, actor: Actor) -> bool:
    """Four eyes: never the last drafter; a supervisor if identity is disclosed or the matter is limited."""
    if actor.user is None or subject.last_drafter_id == actor.user.pk:
        return False
    if subject.disclose == "identity" or subject.case.referable == "limited":
        return supervisor(subject, actor)
    return office_staff(subject, actor)


def recaller(subject: Any, actor: Actor) -> bool:
    """Anybody of the office before it was sent, a supervisor after."""
    if subject.sent_on is None:
        return office_staff(subject, actor)
    return supervisor(subject, actor)


def refers(subject: Any, actor: Actor) -> bool:
    """A matter referable only with limits needs a supervisor."""
    if subject.referable == "limited":
        return supervisor(subject, actor)
    return office_staff(subject, actor) or cohandler(subject, actor)


def reviewer(subject: Any, actor: Actor) -> bool:
    """S who did not close the case; for a review, one who took no part in it at all."""
    if not supervisor(subject, actor) or actor.user is None:
        return False
    if subject.reopen_asked == "review":
        return not subject.took_part(actor.user)
    return subject.ended_by_id != actor.user.pk


def erasure_decider(subject: Any, actor: Actor) -> bool:
    """S, and never the one who recorded that the business asks for it."""
    if not supervisor(subject, actor) or actor.user is None:
        return False
    asked = subject.events.filter(move="request_erasure", by_user=actor.user)
    return subject.erasure != "asked" or not asked.exists()


def _office_id(actor: Actor) -> str | None:
    return actor.user.office_id if actor.user else None
