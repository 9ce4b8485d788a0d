"""The tracking code of a business: 16 random digits, shown once and kept only as a hash."""

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password


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
