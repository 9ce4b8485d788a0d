"""The whole API by its own schema: thousands of right and wrong calls as every role, each answer checked."""

from __future__ import annotations

import json
from collections import Counter

from tests.drills import Report, sized
from tests.drills.clients import make_people
from tests.drills.stack import Stack
from tests.schema_walk import Subjects, calls_by_schema, walk

ROUNDS = sized(12, 1)
RIGHT, WRONG = sized(4, 1), sized(6, 1)
ROLES = ("", "partner0", "amina", "wing", "hana", "olivia", "ada")
#: The limits of an hour are not what is looked for here.
UNLIMITED = dict.fromkeys(
    ("API_CALLS_AN_HOUR", "API_FILINGS_AN_HOUR", "API_PARTNER_FILINGS_AN_HOUR", "API_READINGS_AN_HOUR"),
    "100000000",
)

#: Run inside the set: a case in every state, some filed by a partner, all with one tracking code. Printed as JSON.
GROUNDS = """
import json
from accounts.models import User
from cases.models import Case, Referral
from cases.states import State
from cases.tracking import hash_code
from tests.cast import Cast, make_case
cast = Cast({user.username: user for user in User.objects.all()})
made = [make_case(state, cast, key=f"schema:ROUND:{state}:{n}") for state in State for n in range(2)]
Case.objects.filter(pk__in=[case.pk for case in made]).update(tracking_hash=hash_code("0123456789012345"))
Case.objects.filter(pk__in=[case.pk for case in made[::2]]).update(filed_by=cast.partner0)
codes = {case.reference: "0123456789012345" for case in made}
uuids = [str(uuid) for uuid in Referral.objects.filter(case__in=made).values_list("uuid", flat=True)]
print(json.dumps([codes, uuids]))
"""


def run(report: Report) -> None:
    with report.place() as place, Stack(place, sockets=1, workers=1, env=UNLIMITED) as stack:
        tokens = make_people(stack)
        statuses: Counter[int] = Counter()
        for number in range(ROUNDS):
            said = stack.manage("shell", "-v0", "-c", GROUNDS.replace("ROUND", str(number)))
            subjects = Subjects(*json.loads(said.splitlines()[-1]))
            calls = calls_by_schema(stack.url, seed=number, right=RIGHT, wrong=WRONG)
            for role in ROLES:
                found = walk(stack.url, tokens.get(role, ""), calls, subjects, seed=number)
                statuses += found.statuses
                for failure in found.failures:
                    report.violation(f"round {number} as {role or 'anyone'}: {failure}")
            report.did(f"calls of each of {len(ROLES)} roles in round {number}", len(calls))
        report.did(f"answers {dict(sorted(statuses.items()))}", sum(statuses.values()))
        for status in (200, 201, 400, 401, 403, 404, 409):
            report.expect(status in statuses, f"no answer was ever {status}")
