import pytest

from cases.learning import closed_examples
from cases.models import Case
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
    assert closed_examples() == [("机器在车间受损", "LAB-4")]
