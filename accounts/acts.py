"""What an administrator does to an account. Each act is recorded with who did it, and takes effect at once.

Cases are no business of this room: whoever keeps them is told by the signal ``leaving`` and hands them over.
"""

from __future__ import annotations

from typing import Any, cast

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken.models import Token

from accounts.mails import send_invitation, tell_of
from accounts.models import AccountEvent, Role, User

Kind = AccountEvent.Kind

#: Sent after the commit when somebody no longer works where their cases are, or an administrator asks for it:
#: ``user``, ``by``. A receiver hands the cases over and answers with ``(handed over, left without anybody)``.
leaving = Signal()


class Refused(Exception):  # noqa: N818  # an answer, not a malfunction
    """This may not be done, and the words say why."""


def record(
    kind: AccountEvent.Kind, about: User, /, *, by: User | None, tell: bool = False, **changes: Any
) -> AccountEvent:
    """Add one line to the account's record; with ``tell`` the person is told by mail."""
    event = AccountEvent.objects.create(kind=kind, about=about, by=by, changes=changes)
    if tell and about.email:
        tell_of.enqueue(event.pk)
    return event


def lock_administrators() -> set[int]:
    """Lock the open accounts of administrators, so that two who suspend each other at once do not both go.

    Their numbers. Must run in a transaction, before any other account is locked in it: always the same order. The
    lock lets through what merely points at these accounts, such as the record of another act of theirs.
    """
    administrators = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).order_by("pk")
    return {one.pk for one in administrators.select_for_update(no_key=True)}


def check_may_lose_administration(user: User, by: User) -> None:
    """Raises ``Refused`` for oneself and for the last administrator. Must run in a transaction."""
    if user.pk == by.pk:
        raise Refused(_("You cannot suspend or demote yourself. Ask another administrator."))
    now = lock_administrators()
    if by.pk not in now:
        raise Refused(_("Only an administrator can do this."))
    if now == {user.pk}:
        raise Refused(_("This is the last administrator. Make another one first."))


@transaction.atomic
def suspend(user: User, *, by: User) -> None:
    """Switch an account off: its sessions, sockets and API token die at once, and its cases are handed over."""
    check_may_lose_administration(user, by)
    if not user.is_active:
        return
    user.is_active = False
    user.save(update_fields=["is_active"])
    user.end_sessions()
    Token.objects.filter(user=user).delete()
    record(Kind.SUSPENDED, user, by=by)


@transaction.atomic
def resume(user: User, *, by: User) -> None:
    """Open an account again, or for the first time: an administrator's takes a second administrator."""
    if user.is_active:
        return
    if user.role == Role.ADMINISTRATOR:
        closed = AccountEvent.objects.filter(about=user, kind__in=(Kind.ADMINISTRATOR_ASKED, Kind.SUSPENDED))
        last = closed.first()
        if last is None or last.by_id == by.pk:
            raise Refused(_("An administrator's account is opened by a second administrator, not by you."))
    user.is_active = True
    user.save(update_fields=["is_active"])
    record(Kind.RESUMED, user, by=by)
    if not user.has_usable_password():
        invite(user, by=by)


@transaction.atomic
def reset_second_factor(user: User, *, by: User) -> None:
    """Forget a lost second factor. The person is told, is signed out, and sets up a new one at the next sign-in."""
    if user.pk == by.pk:
        raise Refused(_("You cannot reset your own second factor. Ask another administrator."))
    Authenticator.objects.filter(user=user).delete()
    user.end_sessions()
    record(Kind.FACTOR_RESET, user, by=by, tell=True)


@transaction.atomic
def sign_out_everywhere(user: User, *, by: User) -> None:
    user.end_sessions()
    record(Kind.SIGNED_OUT, user, by=by)


@transaction.atomic
def invite(user: User, *, by: User) -> None:
    """Send a link with which the person sets their password, once and within 72 hours."""
    if not user.is_active:
        raise Refused(_("This account is suspended."))
    if not user.email:
        raise Refused(_("This account has no e-mail address."))
    record(Kind.INVITED, user, by=by)
    send_invitation.enqueue(user.pk)


@transaction.atomic
def make_token(user: User, *, by: User) -> str:
    """A new API token in place of any earlier one. The answer is the only time it can be read.

    Only for partners: whoever makes a token can use it, and an administrator must not become a caseworker by one.
    A member of staff who needs a token gets it on the machine (``manage.py drf_create_token``).
    """
    if not user.is_active:
        raise Refused(_("This account is suspended."))
    if user.role != Role.PARTNER:
        raise Refused(_("Only a partner organisation gets a token here."))
    Token.objects.filter(user=user).delete()
    token = Token.objects.create(user=user)
    record(Kind.TOKEN_MADE, user, by=by, tell=True)
    return str(token.key)


@transaction.atomic
def revoke_token(user: User, *, by: User) -> None:
    """Whoever holds the token gets 401 from now on."""
    revoked, _rows = Token.objects.filter(user=user).delete()
    if revoked:
        record(Kind.TOKEN_REVOKED, user, by=by)


def hand_over(user: User, *, by: User) -> tuple[int, int]:
    """Have every open case of this person handed over; how many went to somebody, how many to nobody."""
    given = left = 0
    for _receiver, counts in leaving.send(sender=User, user=user, by=by):
        to_somebody, to_nobody = cast(tuple[int, int], counts)
        given, left = given + to_somebody, left + to_nobody
    if given or left:
        record(Kind.HANDED_OVER, user, by=by, given=given, left=left)
    return given, left


def works_elsewhere(user: User, before: User) -> bool:
    """Whether this person may no longer hold the cases they held as ``before``."""
    if not before.works_cases:
        return False
    return not user.is_active or not user.works_cases or user.office_id != before.office_id
