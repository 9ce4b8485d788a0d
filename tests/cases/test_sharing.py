"""A business changes who may see who it is: less at once, more by itself or before two officers."""

import pytest
from django.test import Client

from cases.models import Case, Contact, Reading, Referral, SharingChoice
from cases.permissions import Actor
from cases.public import project
from cases.refusals import InputRefused, NotPermitted
from cases.states import State
from jobs.clock import this_moment
from tests.cast import an_authority, file_case, make_case, move

pytestmark = [pytest.mark.both, pytest.mark.django_db]


def again(case):
    return Case.objects.get(pk=case.pk)


def share(case, sharing, by=None, **inputs):
    return move(case, "set_sharing", by or Actor.business(case), sharing=sharing, **inputs)


def approved_letter(cast):
    """A letter that tells who the business is, approved and not sent."""
    case = make_case(State.ASSESSING, cast, sharing="named")
    amina = cast.staff("amina")
    move(case, "refer", amina, authorities=[an_authority()], kind="concern", disclose="identity")
    referral = Referral.objects.get(case=case)
    move(referral, "draft", amina, subject="函", body="请贵单位核实 Ho Siu-ming 的事项。", disclosed=["name"])
    move(referral, "approve", cast.staff("wing"))
    return case, referral


def test_each_choice_is_kept_with_the_text_that_was_shown(cast):
    case = file_case(sharing="office_only", language="zh-hans")
    event = share(case, "named")
    assert (event.kind, event.data) == ("sharing", {"before": "office_only", "sharing": "named"})
    rows = (
        SharingChoice.objects.filter(case=case)
        .order_by("pk")
        .values_list("choice", "language", "text_version")
    )
    assert list(rows) == [("office_only", "zh-hans", "2026-11"), ("named", "zh-hans", "2026-11")]
    with pytest.raises(InputRefused):
        share(case, "named")


@pytest.mark.parametrize("sharing", ["office_only", "anonymous"])
def test_an_approved_letter_that_would_tell_too_much_is_a_draft_again(cast, sharing):
    case, referral = approved_letter(cast)
    share(case, sharing)
    referral = Referral.objects.get(pk=referral.pk)
    assert (referral.state, referral.disclose, referral.approved_by) == ("drafted", "nothing", None)
    # What was written still holds the name: the guard knows it, also when staff no longer may.
    with pytest.raises(InputRefused):
        move(referral, "approve", cast.staff("wing"))


def test_whoever_no_longer_gives_a_name_is_hidden_from_staff_and_counted_with_nobody(cast):
    case = file_case(sharing="office_only")
    assert again(case).company_key
    share(case, "anonymous")
    assert again(case).company_key == ""
    desk = Client()
    desk.force_login(cast.amina)
    assert desk.get(f"/en/cases/{case.reference}/identity/").status_code == 404
    share(case, "office_only")
    assert again(case).company_key
    assert Contact.objects.get(case=case).name == "Ho Siu-ming"


def test_whoever_gives_a_name_for_the_first_time_must_give_it(cast):
    case = file_case(sharing="anonymous", name="", company="", phone="")
    with pytest.raises(InputRefused) as refused:
        share(case, "named")
    assert list(refused.value.errors) == ["name"]
    with pytest.raises(InputRefused) as refused:
        share(case, "named", name="Ho Siu-ming")
    assert list(refused.value.errors) == ["company"]
    share(case, "named", name="Ho Siu-ming", company="Harbour Lantern Trading Ltd (demo)")
    assert again(case).company_key == file_case().company_key


def test_on_a_call_two_officers_must_hear_that_more_may_be_shared(cast):
    case = file_case(sharing="office_only")
    amina, wing = Actor.caller(cast.amina, "phone"), Actor.caller(cast.wing, "phone")
    before = again(case).public_seq
    for _ in range(2):
        event = share(case, "named", amina)
        assert (event.kind, event.data["waits"]) == ("", True)
    assert (again(case).sharing, again(case).public_seq) == ("office_only", before)
    event = share(case, "named", wing)
    assert (again(case).sharing, event.kind) == ("named", "sharing")
    last = SharingChoice.objects.filter(case=case).latest("pk")
    assert (last.by_user, last.confirmed_by, last.waits) == (cast.amina, cast.wing, False)


def test_a_wish_that_was_overtaken_can_no_longer_be_confirmed(cast):
    case = file_case(sharing="anonymous")
    share(case, "named", Actor.caller(cast.amina, "phone"))
    share(case, "office_only", name="Ho", company="Lantern (demo)")
    assert share(case, "named", Actor.caller(cast.wing, "phone")).data.get("waits")
    assert again(case).sharing == "office_only"


def test_less_is_shared_at_once_on_a_call_too_and_nobody_else_decides_it(cast):
    case = file_case(sharing="named")
    share(case, "office_only", Actor.caller(cast.amina, "phone"))
    assert again(case).sharing == "office_only"
    with pytest.raises(NotPermitted):
        share(case, "named", cast.staff("wing"))


def test_the_business_reads_how_often_staff_looked_at_who_it_is(cast):
    case = file_case()
    assert project(again(case)).times_read == 0
    for _ in range(2):
        Reading.objects.create(
            case=case, user=cast.amina, what="identity", reason="To call.", at=this_moment()
        )
    seen = project(again(case))
    assert seen.times_read == 2
    assert "Amina" not in repr(seen)
