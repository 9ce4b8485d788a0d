"""One form a move: the same rules for a page and for JSON."""

from cases.forms.move_form import MoveForm
from cases.forms.of_case import CASE_FORMS
from cases.forms.of_referral import REFERRAL_FORMS
from cases.models import Case, Referral

__all__ = ["CASE_FORMS", "REFERRAL_FORMS", "MoveForm", "form_of"]


def form_of(subject: Case | Referral, move: str) -> type[MoveForm]:
    """The form of a move; ``KeyError`` for a move that does not exist."""
    return (REFERRAL_FORMS if isinstance(subject, Referral) else CASE_FORMS)[move]
