"""The tracking code of a business (16 random digits, shown once, kept only as a hash) and who has entered it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.sessions.backends.base import SessionBase

from jobs.clock import this_moment


class CodeHasher(Argon2PasswordHasher):
    """Argon2id, lighter than for a password: 7 MiB and one pass, about 3 ms. docs/decisions/0003 has the reckoning.

    What makes a code hard to find is its 53 random bits, which no password has. Older hashes name their own cost and
    stay good. The name keeps codes apart from passwords, so that a change of their cost never rehashes a code.
    """

    algorithm = "argon2_code"
    time_cost = 1
    memory_cost = 7 * 1024
    parallelism = 1


def hash_code(code: str) -> str:
    return make_password(code, hasher=CodeHasher())


def matches(code: str, hashed: str) -> bool:
    """Whether this is the code; a case without one is compared all the same, so that the time tells nothing."""
    return check_password(code, hashed or _NO_CODE) and bool(hashed)


_NO_CODE = hash_code("0" * 16)


#: A caller without an account that repeats its filing gets a fresh code for so long after it.
REISSUED_FOR = timedelta(hours=24)
#: A case stays open in a browser for this long after its code was entered.
OPEN_FOR = timedelta(hours=12)
_SESSION_KEY = "tracked"


def remember(session: SessionBase, reference: str) -> None:
    """Let this browser session follow the case from now on, beside others it follows already."""
    session[_SESSION_KEY] = _open_cases(session) | {reference: int(this_moment().timestamp())}


def may_follow(session: SessionBase | Mapping[str, Any], reference: str) -> bool:
    """Whether the tracking code of this case was entered in this session, not too long ago."""
    return followed_until(session, reference) is not None


def followed_until(session: SessionBase | Mapping[str, Any], reference: str) -> datetime | None:
    """When this session stops following the case; None if it does not follow it now."""
    entered = _open_cases(session).get(reference)
    return None if entered is None else datetime.fromtimestamp(entered, UTC) + OPEN_FOR


def forget_one(session: SessionBase, reference: str) -> None:
    """Follow this case no longer."""
    session[_SESSION_KEY] = {ref: at for ref, at in _open_cases(session).items() if ref != reference}


def forget(session: SessionBase) -> list[str]:
    """Sign out of every case that this session follows; returns their references."""
    followed = list(_open_cases(session))
    session.pop(_SESSION_KEY, None)
    return followed


def _open_cases(session: SessionBase | Mapping[str, Any]) -> dict[str, int]:
    oldest = (this_moment() - OPEN_FOR).timestamp()
    return {ref: at for ref, at in session.get(_SESSION_KEY, {}).items() if at > oldest}
