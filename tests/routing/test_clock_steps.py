"""The reminders and the ladder of the time limits, as rows that an administrator may change."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from routing.ladder import steps_for, told_at_level
from routing.models import ClockStep

pytestmark = [pytest.mark.both, pytest.mark.django_db]
DAY = date(2026, 11, 16)


def test_the_ladder_has_a_row_for_every_level_that_days_alone_reach():
    raised = {
        (row.owner, row.stage, row.amount, row.level_id)
        for row in ClockStep.objects.filter(action="escalate")
    }
    assert raised == {
        ("office", "", 0, 1),
        ("authority", "", 20, 1),
        ("authority", "", 60, 2),
        ("authority", "", 90, 3),
        ("office", "long_open", 0, 5),
        ("office", "transfer", 0, 1),
    }
    assert told_at_level() == {1: "supervisor", 2: "head", 3: "higher", 4: "nobody", 5: "headquarters"}
    assert not ClockStep.objects.filter(source="").exists()


def test_a_stage_that_a_step_names_has_only_the_steps_that_name_it():
    assert {s.code for s in steps_for("office", "long_open", DAY)} == {"long-open-180", "long-open-365"}
    assert {s.code for s in steps_for("office", "referral", DAY)} == {
        "office-target", "office-50", "office-80", "office-100", "office-limit",
    }  # fmt: skip
    assert steps_for("business", "consent", DAY) == ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"action": "escalate"}, "level"),
        ({"level_id": 1}, "level"),
        ({"unit": "minutes"}, "unit"),
        ({"measure": "percent", "amount": 101}, "amount"),
        ({"measure": "percent", "amount": 0}, "amount"),
    ],
)
def test_a_step_that_makes_no_sense_is_refused_at_its_field(changes, field):
    facts = {"code": "x", "owner": "office", "measure": "target", "action": "remind", "unit": "working_day"}
    with pytest.raises(ValidationError) as refused:
        ClockStep(**facts | changes).clean()
    assert field in refused.value.error_dict
