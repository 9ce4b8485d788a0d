"""The words of both state machines, and the one rule by which a case follows its referrals.

The contract is ``moves.md``; nothing here touches the database.
"""

from collections.abc import Iterable
from typing import Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(TextChoices):
    RECEIVED = "received", pgettext_lazy("case", "Received")
    ASSESSING = "assessing", _("Being assessed")
    AWAITING = "awaiting_submitter", _("Waiting for the business")
    REFERRED = "referred", _("Referred")
    ANSWERED = "answered", _("Answer received")
    CLOSED = "closed", pgettext_lazy("case", "Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN = [State.RECEIVED, State.ASSESSING, State.AWAITING, State.REFERRED, State.ANSWERED]
ENDED = [State.CLOSED, State.WITHDRAWN]
#: Open states that the referrals decide.
FOLLOWING = [State.ASSESSING, State.AWAITING, State.REFERRED, State.ANSWERED]


class ReferralState(TextChoices):
    DRAFTED = "drafted", _("Letter drafted")
    APPROVED = "approved", _("Letter approved")
    SENT = "sent", _("Sent")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    ANSWERED = "answered", _("Answered")
    REFUSED = "refused", _("Refused")
    TRANSFERRED = "transferred", _("Passed on by the authority")
    UNANSWERED = "unanswered", _("Not answered")
    RECALLED = "recalled", _("Taken back")


UNSENT = [ReferralState.DRAFTED, ReferralState.APPROVED]
OUT = [ReferralState.SENT, ReferralState.ACKNOWLEDGED]
OPEN_REFERRAL = UNSENT + OUT


class Waiting(TextChoices):
    OFFICE = "office", _("The office")
    BUSINESS = "business", _("The business")
    AUTHORITY = "authority", _("The authority")
    NOBODY = "nobody", _("Nobody")


class Scan(TextChoices):
    """What the virus scanner has said of a file."""

    WAITING = "waiting", _("Checking for viruses…")
    CLEAN = "clean", _("Checked")
    INFECTED = "infected", _("Contains a virus – nobody can open it")
    UNSCANNABLE = "unscannable", _("Could not be checked for viruses")


class Inside(TextChoices):
    """What a file holds beside what it shows."""

    PLACE = "place", _("the place where it was made")
    AUTHOR = "author", _("its author")
    COMMENTS = "comments", _("comments")
    CHANGES = "changes", _("tracked changes")
    HIDDEN = "hidden", _("hidden parts")
    ACTIVE = "active", _("parts that run when it is opened")
    EXTERNAL = "external", _("parts that are fetched from elsewhere when it is opened")
    EMBEDDED = "embedded", _("other files")


class Cleaning(TextChoices):
    """What came of making a copy of a file that holds nothing but what it shows."""

    MADE = "made", _("Cleaned copy")
    CANNOT = "cannot", _("No cleaned copy can be made")


class Outcome(TextChoices):
    RESOLVED = "resolved", _("Resolved")
    PARTLY = "partly_resolved", _("Partly resolved")
    EXPLAINED = "explained", _("Explained")
    NOT_RESOLVED = "not_resolved", _("Not resolved")
    OUT_OF_SCOPE = "out_of_scope", _("Outside what we can take up")
    DUPLICATE = "duplicate", _("Handled with another concern")


class Why(TextChoices):
    """Why a matter was not resolved, or not taken up."""

    AUTHORITY_REFUSED = "authority_refused", _("The authority refused")
    NO_ANSWER = "no_answer", _("The authority did not answer")
    NO_LEGAL_BASIS = "no_legal_basis", _("There is no legal basis")
    NO_REPLY = "no_reply", _("The business did not reply")
    OTHER = "other", _("Another reason")
    PRIVATE_DISPUTE = "private_dispute", _("A private dispute")
    IN_COURT = "in_court", _("Before a court or in arbitration")
    OTHER_BODY = "other_body", _("Another body is responsible")
    NOT_MAINLAND = "not_mainland", _("Not about the Mainland")
    NOT_BUSINESS = "not_business", _("Not a business matter")


WHY_NOT_RESOLVED = [Why.AUTHORITY_REFUSED, Why.NO_ANSWER, Why.NO_LEGAL_BASIS, Why.NO_REPLY, Why.OTHER]
WHY_OUT_OF_SCOPE = [Why.PRIVATE_DISPUTE, Why.IN_COURT, Why.OTHER_BODY, Why.NOT_MAINLAND, Why.NOT_BUSINESS]


class Sharing(TextChoices):
    NAMED = "named", _("You may tell the authority who I am, after asking me each time")
    OFFICE_ONLY = "office_only", _("Keep my identity inside the Hong Kong office")
    ANONYMOUS = "anonymous", _("I do not want to give my name")


class FilerKind(TextChoices):
    ENTERPRISE = "enterprise", _("An enterprise")
    INDIVIDUAL = "individual", _("An individual")


class Flag(TextChoices):
    """Why what was filed may come from a program."""

    HONEYPOT = "honeypot", _("a field that people do not see was filled in")
    HURRY = "hurry", _("it was sent faster than a person types")
    MANY = "many", _("many concerns came from the same network in an hour")


class Authorisation(TextChoices):
    """By what the writer of a concern speaks for somebody else."""

    WRITTEN = "written", _("A power of attorney or a letter of authority")
    ENGAGED = "engaged", _("We are engaged as their lawyer, accountant or agent")
    REQUEST = "request", _("A written request of the member or client")
    SPOKEN = "spoken", _("By word of mouth only")


class Level(TextChoices):
    MUNICIPAL = "municipal", _("Municipal")
    PROVINCIAL = "provincial", _("Provincial")
    NATIONAL = "national", _("National")


class Proceedings(TextChoices):
    NONE = "none", pgettext_lazy("proceedings", "None")
    COURT = "court", _("Before a court")
    ARBITRATION = "arbitration", _("In arbitration")
    RECONSIDERATION = "reconsideration", _("In administrative reconsideration")


class Referable(TextChoices):
    YES = "yes", pgettext_lazy("may it be referred", "Yes")
    LIMITED = "limited", _("With limits")
    NO = "no", pgettext_lazy("may it be referred", "No")


class Priority(TextChoices):
    NORMAL = "normal", _("Normal")
    URGENT = "urgent", _("Urgent")


class Channel(TextChoices):
    """How something reached us or left us outside the web form."""

    PHONE = "phone", _("Phone")
    COUNTER = "counter", _("At the counter")
    POST = "post", _("Post")
    HAND = "hand", _("By hand")
    EMAIL = "email", _("E-mail")
    MEETING = "meeting", _("Meeting")
    VIA_HKMAO = "via_hkmao", _("Through the provincial Hong Kong and Macao Affairs Office")


#: How a business told us what staff record for it.
TOLD_BY = [Channel.PHONE, Channel.COUNTER, Channel.POST, Channel.EMAIL, Channel.MEETING]
#: How a letter can be sent.
SENDING = [Channel.POST, Channel.HAND, Channel.EMAIL, Channel.MEETING, Channel.VIA_HKMAO]


class Result(TextChoices):
    """What the authority's answer comes to."""

    GRANTED = "granted", _("Granted")
    PARTLY = "partly", _("Partly granted")
    EXPLAINED = "explained", _("Explained")
    REFUSED = "refused_request", _("Request refused")
    UNDECIDED = "undecided", _("Not decided yet")


class RefusalReason(TextChoices):
    NOT_RESPONSIBLE = "not_responsible", _("Not responsible")
    NOT_ACCEPTED = "not_accepted", _("Did not accept the matter")
    IN_COURT = "in_court", _("Before a court")
    OTHER = "other", _("Another reason")


class ReopenKind(TextChoices):
    REOPEN = "reopen", _("Something has changed, or it is not settled")
    REVIEW = "review", _("I ask for a review of how it was handled")


class Erasure(TextChoices):
    """How far a request to erase personal data is."""

    ASKED = "asked", _("Asked for")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")
    DONE = "done", _("Erased")


class Ground(TextChoices):
    """Why personal data is not erased. Source: Cap. 486, section 26(1)."""

    IN_USE = "in_use", _("It is still needed for what it was collected for (Cap. 486, section 26(1))")
    FORBIDDEN = "forbidden", _("A law forbids it (Cap. 486, section 26(1)(a))")
    PUBLIC_INTEREST = "public_interest", _("The public interest is against it (Cap. 486, section 26(1)(b))")


class Verdict(TextChoices):
    """What the business last said of our reply, or of the end."""

    ACCEPTED = "accepted", _("The business says that it is settled")
    CONTESTED = "contested", _("The business says that it is not settled")


class Score(TextChoices):
    """How the business found the way we handled its concern."""

    VERY_BAD = "1", _("Very dissatisfied")
    BAD = "2", _("Dissatisfied")
    MIDDLING = "3", _("Neither satisfied nor dissatisfied")
    GOOD = "4", _("Satisfied")
    VERY_GOOD = "5", _("Very satisfied")


class ReferralKind(TextChoices):
    ENQUIRY = "enquiry", _("Enquiry")
    CONCERN = "concern", pgettext_lazy("letter", "Concern")


class Disclose(TextChoices):
    NOTHING = "nothing", _("Nothing about who the business is")
    IDENTITY = "identity", _("The business's identity")


class _Referral(Protocol):
    state: str


class _Answer(Protocol):
    @property
    def waits_for_acceptance(self) -> bool: ...
    @property
    def is_accepted(self) -> bool: ...

    relayed_round: int | None


def follow(
    *, question_open: bool, referrals: Iterable[_Referral], answers: Iterable[_Answer], opened_round: int
) -> State:
    """The state of an open, already looked-at case, from its question and referrals alone (moves.md section 1).

    ``opened_round`` counts how often the case was opened; an answer passed on in an earlier round is history.
    """
    if question_open:
        return State.AWAITING
    answers = list(answers)
    if any(r.state in OUT for r in referrals) or any(a.waits_for_acceptance for a in answers):
        return State.REFERRED
    if any(a.is_accepted and a.relayed_round in (None, opened_round) for a in answers):
        return State.ANSWERED
    return State.ASSESSING


def waiting_for(
    state: str, *, authority_has_letter: bool, answer_to_relay: bool, contested: bool, reopen_pending: bool
) -> Waiting:
    """Whose turn it is (moves.md section 1); a reply that the business contests is the office's matter again."""
    match state:
        case State.AWAITING:
            return Waiting.BUSINESS
        case State.REFERRED:
            return Waiting.AUTHORITY if authority_has_letter else Waiting.OFFICE
        case State.ANSWERED:
            return Waiting.OFFICE if answer_to_relay or contested else Waiting.BUSINESS
        case State.CLOSED | State.WITHDRAWN:
            return Waiting.OFFICE if reopen_pending else Waiting.NOBODY
    return Waiting.OFFICE
