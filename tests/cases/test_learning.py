import pytest

from cases.learning import closed_cases, learn_from_closed_cases
from cases.models import Case
from routing.learning.keeping import SUGGESTING, in_use, load
from routing.models import Category
from tests.cast import make_case, move

pytestmark = pytest.mark.django_db


def test_it_learns_from_closed_cases_as_they_were_sorted_in_the_end(cast):
    still_open = make_case("assessing", cast, text="仍在处理的事项")
    closed = make_case("assessing", cast, text="机器在车间受损")
    amina = cast.staff("amina")
    other = type(closed.category).objects.get(code="LAB-4")
    move(closed, "correct", amina, category=other, reason="It is about work safety.")
    move(closed, "close", amina, outcome="explained", text="Explained.")
    assert Case.objects.get(pk=still_open.pk).is_open
    assert closed_cases().examples == [("机器在车间受损", "LAB-4")]


def test_what_one_company_wrote_is_not_kept_however_often_and_what_three_wrote_is(cast):
    """A name that stands in the texts of one business is neither stored nor shown as a reason."""
    words = {"CUS-1": ("containers held", "海关扣货"), "TAX-1": ("refund delayed", "退税延误")}
    for code, (english, chinese) in words.items():
        for i in range(9):
            name = "Wonglokyee 蓝灯笼" if i < 5 else "Tamkwoklam" if i < 8 else "Nobody"
            company = "Lantern Ltd (demo)" if i < 5 else f"Other {i} Ltd (demo)"
            text = f"{english} {chinese} {name} {code} {i}"
            case = make_case("assessing", cast, text=text, company=company, email=f"{i}@example.invalid")
            category = Category.objects.get(pk=code)
            if case.category != category:
                move(case, "correct", cast.staff("amina"), category=category, reason="It is this.")
            move(case, "close", cast.staff("amina"), outcome="explained", text="Explained.")
    learn_from_closed_cases()
    model = load(in_use(SUGGESTING).id)
    kept = {gram for vocabulary in model.vocabularies for gram in vocabulary}
    assert "containers" in kept
    assert "tamkwoklam" in kept  # three companies wrote it
    assert not {"wonglokyee", "灯笼", "蓝灯"} & kept
    assert "nobody" not in kept
    assert not model.cutter.counts
    said = " ".join(model.explain(model.hear("containers held by Wonglokyee 蓝灯笼"), "CUS-1")).casefold()
    assert "containers" in said
    assert "wonglokyee" not in said
    assert "灯笼" not in said
