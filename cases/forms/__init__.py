"""One form a move: the same rules for a page and for JSON."""

from cases.forms import course, dialogue, ending, erasing, gathering, ownership, reaching, shielding
from cases.forms.move_form import MoveForm
from cases.forms.of_referral import REFERRAL_FORMS
from cases.models import Case, Referral

CASE_FORMS: dict[str, type[MoveForm]] = {
    "triage": course.Triage,
    "claim": ownership.Claim,
    "release": ownership.Release,
    "assign": ownership.Assign,
    "transfer": ownership.Transfer,
    "accept_transfer": ownership.AcceptTransfer,
    "return_transfer": ownership.ReturnTransfer,
    "ask": dialogue.Ask,
    "reply": dialogue.Reply,
    "drop_question": dialogue.DropQuestion,
    "add_note": dialogue.AddNote,
    "send_message": dialogue.SendMessage,
    "set_priority": ownership.SetPriority,
    "correct": course.Correct,
    "link": course.Link,
    "unlink": course.Unlink,
    "refer": course.Refer,
    "record_answer": course.RecordAnswer,
    "relay_answer": course.RelayAnswer,
    "close": ending.Close,
    "answer_enquiry": ending.AnswerEnquiry,
    "withdraw": ending.Withdraw,
    "merge": ending.Merge,
    "request_reopen": ending.RequestReopen,
    "reopen": ending.Reopen,
    "decline_reopen": ending.DeclineReopen,
    "accept_outcome": ending.AcceptOutcome,
    "contest_outcome": ending.ContestOutcome,
    "rate": ending.Rate,
    "set_sharing": shielding.SetSharing,
    "set_contact": reaching.SetContact,
    "invite_reader": reaching.InviteReader,
    "remove_reader": reaching.RemoveReader,
    "request_erasure": erasing.RequestErasure,
    "grant_erasure": erasing.GrantErasure,
    "refuse_erasure": erasing.RefuseErasure,
    "erase": erasing.Erase,
    "end_retention": erasing.EndRetention,
    "hold": erasing.Hold,
    "lift_hold": erasing.LiftHold,
    "join_issue": gathering.JoinIssue,
    "leave_issue": gathering.LeaveIssue,
    "tell_of_issue": gathering.TellOfIssue,
    "escalate": ownership.Escalate,
    "deescalate": ownership.Deescalate,
    "request_extension": ownership.RequestExtension,
    "grant_extension": ownership.GrantExtension,
    "refuse_extension": ownership.RefuseExtension,
}

__all__ = ["CASE_FORMS", "REFERRAL_FORMS", "MoveForm", "form_of"]


def form_of(subject: Case | Referral, move: str) -> type[MoveForm]:
    """The form of a move; ``KeyError`` for a move that does not exist."""
    return (REFERRAL_FORMS if isinstance(subject, Referral) else CASE_FORMS)[move]
