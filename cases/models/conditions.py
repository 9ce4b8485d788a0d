"""What must hold on the locked rows before a move. Each condition carries the sentence a person reads if not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from cases.clocks import feedback_open, may_give_up, today
from cases.states import OPEN_REFERRAL, Disclose, Erasure, Outcome, Referable, Verdict

if TYPE_CHECKING:
    from cases.models.referral import Referral
    from cases.models.row import CaseRow

Condition = Callable[[Any], bool]

#: Who may approve what needs more than a colleague.
HIGHER = (Role.SUPERVISOR, Role.HEADQUARTERS)


def says(sentence: Promise | str) -> Callable[[Condition], Condition]:
    def mark(condition: Condition) -> Condition:
        condition.says = sentence  # type: ignore[attr-defined]
        return condition

    return mark


@says(_("The case has not been assessed yet."))
def triaged(case: CaseRow) -> bool:
    return case.triaged_at is not None


@says(_("Somebody has already taken this case."))
def nobody_has_it(case: CaseRow) -> bool:
    return case.assignee_id is None


@says(_("Nobody has taken this case."))
def somebody_has_it(case: CaseRow) -> bool:
    return case.assignee_id is not None


@says(_("A letter is drafted or approved. Send it or take it back first."))
def no_unsent_letter(case: CaseRow) -> bool:
    return not case.unsent_referrals()


@says(_("The case is on its way to another office."))
def no_transfer_pending(case: CaseRow) -> bool:
    return case.moving_to_id is None


@says(_("The case is not on its way to another office."))
def transfer_pending(case: CaseRow) -> bool:
    return case.moving_to_id is not None


@says(_("A referral is still open."))
def no_open_referral(case: CaseRow) -> bool:
    return not any(r.state in OPEN_REFERRAL for r in case.referrals_now)


@says(_("An answer waits to be accepted or passed on."))
def no_answer_in_hand(case: CaseRow) -> bool:
    return not case.answers_to_accept() and not case.answers_to_relay()


@says(_("This matter cannot be referred to an authority."))
def may_be_referred(case: CaseRow) -> bool:
    return case.referable in (Referable.YES, Referable.LIMITED)


@says(_("There is no answer to pass on."))
def has_answer_to_relay(case: CaseRow) -> bool:
    return bool(case.answers_to_relay())


@says(_("There is no referral whose answer could be recorded."))
def has_answerable_referral(case: CaseRow) -> bool:
    return any(r.may_be_answered for r in case.referrals_now)


@says(_("You have already asked us to look again."))
def no_reopen_asked(case: CaseRow) -> bool:
    return not case.reopen_asked


@says(_("The business has not asked for this."))
def reopen_asked(case: CaseRow) -> bool:
    return bool(case.reopen_asked)


@says(_("The time in which you can ask us to look again has passed."))
def within_feedback_limit(case: CaseRow) -> bool:
    return feedback_open(case.ended_at)


@says(_("Personal data of this concern has been erased or is about to be."))
def not_being_erased(case: CaseRow) -> bool:
    return case.erasure not in (Erasure.GRANTED, Erasure.DONE)


@says(_("This has already been asked for."))
def no_erasure_pending(case: CaseRow) -> bool:
    return case.erasure not in (Erasure.ASKED, Erasure.GRANTED, Erasure.DONE)


@says(_("This is a concern, not a quick question: assess it, and close it with an outcome."))
def is_enquiry(case: CaseRow) -> bool:
    return case.enquiry


@says(_("The business has not asked for this."))
def erasure_asked(case: CaseRow) -> bool:
    return case.erasure == Erasure.ASKED


@says(_("Nobody has granted it."))
def erasure_granted(case: CaseRow) -> bool:
    return case.erasure == Erasure.GRANTED


@says(_("A legal hold stands on this case."))
def not_on_hold(case: CaseRow) -> bool:
    return not case.on_hold


@says(_("No legal hold stands on this case."))
def on_hold(case: CaseRow) -> bool:
    return case.on_hold


@says(_("You have already told us that this is settled."))
def not_accepted_yet(case: CaseRow) -> bool:
    return case.verdict != Verdict.ACCEPTED


@says(_("There is no outcome yet that you could accept."))
def outcome_offered(case: CaseRow) -> bool:
    """Proposed with a reply, or reached; that we could not take it up, or go on with another concern, is for us."""
    outcome = case.proposed_outcome if case.is_open else case.outcome
    return (
        bool(outcome) and outcome not in (Outcome.OUT_OF_SCOPE, Outcome.DUPLICATE) and not case.reopen_asked
    )


@says(_("We have not replied yet."))
def reply_given(case: CaseRow) -> bool:
    return case.is_ended or any(a.relayed_round == case.round for a in case.answers_now)


@says(_("You have already told us that this is not settled. You can write to us at any time."))
def not_contested_yet(case: CaseRow) -> bool:
    return case.verdict != Verdict.CONTESTED


@says(_("You have already rated this. Thank you."))
def not_rated_yet(case: CaseRow) -> bool:
    return case.rated_round != case.round


@says(_("The case is already at the highest level."))
def can_rise(case: CaseRow) -> bool:
    return case.escalation_level < 5


@says(_("The case has not been escalated."))
def is_raised(case: CaseRow) -> bool:
    return case.escalation_level > 0


@says(_("No later date has been asked for."))
def extension_pending(case: CaseRow) -> bool:
    return bool(case.extensions_pending)


# --- of a referral -------------------------------------------------------------------------
@says(_("The case is not open."))
def case_is_open(referral: Referral) -> bool:
    return referral.case.is_open


@says(_("The directory entry of this authority is not valid today."))
def authority_valid(referral: Referral) -> bool:
    return referral.authority.is_valid_on(today())


@says(_("This matter cannot be referred to an authority."))
def still_referable(referral: Referral) -> bool:
    """The case may have been assessed anew since the letter was begun."""
    return may_be_referred(referral.case)


@says(_("A supervisor must approve this letter."))
def approved_high_enough(referral: Referral) -> bool:
    """A matter that became limited after a colleague approved needs a supervisor's approval now."""
    if referral.case.referable != Referable.LIMITED and referral.disclose != Disclose.IDENTITY:
        return True
    return referral.approved_by is not None and referral.approved_by.role in HIGHER


@says(_("The letter has not been written yet."))
def has_letter(referral: Referral) -> bool:
    return referral.last_version is not None


@says(_("The answer has already been accepted."))
def answer_not_accepted(referral: Referral) -> bool:
    return any(a.referral_id == referral.pk and a.waits_for_acceptance for a in referral.case.answers_now)


@says(_("The authority's time has not passed yet, or it has not been reminded as often as the rule asks."))
def patience_exhausted(referral: Referral) -> bool:
    return may_give_up(referral)
