"""The schema is true: as each role, no answer outside it and never a 5xx. The long run is ``script/drill schema``."""

import pytest
from django.core.cache import cache
from rest_framework.authtoken.models import Token

from cases.actions import open_case
from cases.models import Case, Referral
from cases.permissions import Actor
from cases.states import State
from cases.tracking import hash_code
from tests.cast import a_filing, make_case
from tests.schema_walk import Subjects, calls_by_schema, walk

CODE = "0123456789012345"
ROLES = ("", "partner", "amina", "wing", "hana", "olivia", "ada")


@pytest.mark.django_db(transaction=True)
def test_every_answer_to_everybody_is_in_the_schema(live_server, cast, settings):
    cache.clear()
    settings.API_CALLS_AN_HOUR = dict.fromkeys(settings.API_CALLS_AN_HOUR, 1_000_000)
    codes = {}
    for by in (Actor.new_business(), Actor.partner(cast.partner)):
        opened = open_case(a_filing(), by=by)
        codes[opened.case.reference] = opened.tracking_code
    for state in (State.ASSESSING, State.AWAITING, State.REFERRED, State.ANSWERED, State.CLOSED):
        case = make_case(state, cast)
        Case.objects.filter(pk=case.pk).update(tracking_hash=hash_code(CODE))
        codes[case.reference] = CODE
    referrals = [str(uuid) for uuid in Referral.objects.values_list("uuid", flat=True)]
    calls = calls_by_schema(live_server.url, seed=3, right=0, wrong=1)
    seen, failures = set(), []
    for name in ROLES:
        token = Token.objects.create(user=cast.users[name]).key if name else ""
        found = walk(live_server.url, token, calls, Subjects(codes, referrals), seed=3)
        print(name, found.calls, found.statuses)
        seen |= set(found.statuses)
        failures += [f"{name or 'anyone'}: {failure}" for failure in found.failures]
    assert not failures, "\n".join(failures)
    assert {200, 201, 400, 401, 403, 404, 409} <= seen
