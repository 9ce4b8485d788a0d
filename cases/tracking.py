"""The tracking code of a business (16 random digits, shown once, kept only as a hash) and who has entered it."""

from datetime import timedelta

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone


class CodeHasher(Argon2PasswordHasher):
    """Argon2id at OWASP's least parameters (19 MiB, 2 passes): the code has 53 random bits, unlike a password.

    Its own name keeps it apart from passwords, so that a change of their cost never rehashes a code.
    """

    algorithm = "argon2_code"
    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


def hash_code(code: str) -> str:
    return make_password(code, hasher=CodeHasher())


def matches(code: str, hashed: str) -> bool:
    """Whether this is the code; a case without one is compared all the same, so that the time tells nothing."""
    return check_password(code, hashed or _NO_CODE) and bool(hashed)


_NO_CODE = hash_code("0" * 16)


#: A case stays open in a browser for this long after its code was entered.
OPEN_FOR = timedelta(hours=12)
_SESSION_KEY = "tracked"


def remember(session: SessionBase, reference: str) -> None:
    """Let this browser session follow the case from now on, beside others it follows already."""
    session[_SESSION_KEY] = _open_cases(session) | {reference: int(timezone.now().timestamp())}


def may_follow(session: SessionBase, reference: str) -> bool:
    """Whether the tracking code of this case was entered in this session, not too long ago."""
    return reference in _open_cases(session)


def forget(session: SessionBase) -> list[str]:
    """Sign out of every case that this session follows; returns their references."""
    followed = list(_open_cases(session))
    session.pop(_SESSION_KEY, None)
    return followed


def _open_cases(session: SessionBase) -> dict[str, int]:
    oldest = (timezone.now() - OPEN_FOR).timestamp()
    return {ref: at for ref, at in session.get(_SESSION_KEY, {}).items() if at > oldest}
