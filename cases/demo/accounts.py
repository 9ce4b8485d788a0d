"""The people of the demo. All are invented."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password

from accounts.models import Language, Role, User

#: User name, name, role, office, head of office, language.
PEOPLE = [
    ("amina", "Amina Rahman", Role.CASEWORKER, "GDETO", False, Language.ENGLISH),
    ("chi", "李志文", Role.CASEWORKER, "GDETO", False, Language.TRADITIONAL),
    ("wing", "Wing Lau", Role.SUPERVISOR, "GDETO", True, Language.ENGLISH),
    ("bo", "Bo Lam", Role.CASEWORKER, "SHETO", False, Language.ENGLISH),
    ("lan", "陈岚", Role.CASEWORKER, "BJO", False, Language.SIMPLIFIED),
    ("xin", "罗欣", Role.CASEWORKER, "CDETO", False, Language.SIMPLIFIED),
    ("wei", "何偉", Role.CASEWORKER, "WHETO", False, Language.TRADITIONAL),
    ("hana", "Hana Sato", Role.HEADQUARTERS, None, False, Language.ENGLISH),
    ("olivia", "Olivia Chan", Role.OFFICIAL, None, False, Language.ENGLISH),
    ("admin", "Ada Kwok", Role.ADMINISTRATOR, None, False, Language.ENGLISH),
]


def make_accounts(password: str) -> int:
    """Make the accounts that are missing, all with this password; those that exist are left as they are."""
    there = set(User.objects.filter(username__in=[p[0] for p in PEOPLE]).values_list("username", flat=True))
    missing = [person for person in PEOPLE if person[0] not in there]
    hashed = make_password(password) if missing else ""
    for username, name, role, office, heads, language in missing:
        User.objects.create(
            username=username,
            name=name,
            email=f"{username}@demo.invalid",
            role=role,
            office_id=office,
            heads_office=heads,
            language=language,
            password=hashed,
        )
    return len(missing)
