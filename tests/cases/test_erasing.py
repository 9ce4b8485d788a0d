"""Erasing a person from a case: who decides, what goes, what stays, and that nothing is left (trust.md T49)."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction

from cases import cleaning, erasing
from cases.files import keep_upload
from cases.forms import form_of
from cases.letters import document
from cases.mailing import send_due
from cases.models import Attachment, Case, Contact, Letter, Message, Notice, Reading, Statement
from cases.permissions import Actor
from cases.public import project
from cases.refusals import NotAllowed, NotPermitted, Unseen
from cases.states import State
from jobs import failpoints
from jobs.clock import this_moment
from jobs.models import MailboxMessage
from tests.cast import file_case, make_case, move, record_answer, relay_and_close, sent_referral

pytestmark = [pytest.mark.both, pytest.mark.django_db]

#: Stands in all that the person gave or was written about the person.
CANARY = "zqPersonCanary"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def ended(cast, **changes):
    """A case with everything in it that can hold words, closed."""
    case = make_case(
        State.ASSESSING,
        cast,
        sharing="named",
        name=f"Ho {CANARY}",
        company=f"{CANARY} Trading",
        registration_no=f"{CANARY}01",
        on_behalf_of=f"{CANARY} Client",
        email=f"{CANARY}@example.invalid",
        text=f"Our goods are held, says {CANARY}.",
        wanted=f"{CANARY} wants them back.",
        **changes,
    )
    amina = cast.staff("amina")
    upload = SimpleUploadedFile(f"{CANARY}.txt", f"Signed by {CANARY}".encode())
    kept = keep_upload(upload, case=case, from_business=True)
    move(case, "add_note", amina, text=f"{CANARY} is known to us.")
    move(case, "send_message", amina, text=f"Dear {CANARY}")
    for what, attachment in (("identity", None), ("file", kept)):
        Reading.objects.create(
            case=case, user=cast.amina, what=what, attachment=attachment, reason=f"To call {CANARY}",
            at=this_moment(),
        )  # fmt: skip
    referral = sent_referral(case, cast)
    record_answer(case, referral, cast, text=f"We released the goods of {CANARY}.")
    relay_and_close(case, referral, cast)
    Notice.objects.filter(case=case).update(status=Notice.Status.SENT, error=f"<{CANARY}@example.invalid>")
    MailboxMessage.objects.create(
        to=f"{CANARY}@example.invalid", sender="office@example.invalid", subject="News", text="Dear Ho"
    )
    return Case.objects.get(pk=case.pk)


def asked(case):
    move(case, "request_erasure", Actor.business(case), reason=f"{CANARY} asks.")
    return Case.objects.get(pk=case.pk)


def granted(cast, case):
    move(asked(case), "grant_erasure", cast.staff("wing"), reason=f"Nobody needs {CANARY} any more.")
    Notice.objects.filter(case=case).update(status=Notice.Status.SENT)
    return Case.objects.get(pk=case.pk)


def where_it_stands(folder):
    """Every table with the canary in a row, as the database holds it, and every file that has it."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                cells = [bytes(c) if isinstance(c, memoryview) else c for c in row]
                if any(CANARY.lower() in str(cell).lower() for cell in cells):
                    found.append(table)
    for path in Path(folder).rglob("*"):
        if path.is_file() and CANARY.encode() in path.read_bytes():
            found.append(path.name)
    return sorted(set(found))


def test_t49_nothing_of_the_person_is_left_in_the_database_or_on_the_disk(cast, folder):
    case = granted(cast, ended(cast))
    assert len(where_it_stands(folder)) > 5
    assert erasing.erase_granted() == 1
    assert where_it_stands(folder) == []
    contact = Contact.objects.get(case=case)
    assert (contact.name, contact.company, contact.email, contact.phone, contact.notify) == (
        "",
        "",
        "",
        "",
        False,
    )
    assert not Attachment.objects.filter(case=case).exists()
    assert all(not bytes(letter.document) for letter in Letter.objects.all())


def test_what_happened_stays(cast):
    case = granted(cast, ended(cast))
    before = list(case.events.values_list("seq", "move", "at", "state_after"))
    reasons = (case.state, case.outcome, case.company_key, case.category_id, case.received_at, case.ended_at)
    erasing.erase_granted()
    case = Case.objects.get(pk=case.pk)
    assert list(case.events.values_list("seq", "move", "at", "state_after"))[:-1] == before
    assert case.events.order_by("-seq").first().move == "erase"
    assert (
        case.state, case.outcome, case.company_key, case.category_id, case.received_at, case.ended_at
    ) == reasons  # fmt: skip
    assert Reading.objects.filter(case=case).count() == 2
    assert Letter.objects.get().sha256
    assert (case.erasure, case.title) == ("done", case.reference)
    assert case.erased_at is not None


def test_the_business_reads_what_was_erased_and_when_and_nobody_opens_the_letter(cast):
    case = granted(cast, ended(cast))
    erasing.erase_granted()
    case = Case.objects.get(pk=case.pk)
    last = project(case).events[-1]
    assert last.sentence.startswith("We erased your personal data")
    assert last.at == case.erased_at
    with pytest.raises(Unseen):
        document(case.referrals.get())


def test_erasing_again_does_nothing(cast):
    case = granted(cast, ended(cast))
    assert [erasing.erase_granted(), erasing.erase_granted()] == [1, 0]
    assert not erasing.erase(Case.objects.get(pk=case.pk))
    assert case.events.filter(move="erase").count() == 1


@pytest.mark.parametrize("point", ["file_erased", "words_erased"])
def test_broken_off_in_the_middle_the_next_run_goes_on(cast, folder, monkeypatch, point):
    case = granted(cast, ended(cast))

    def fail(name):
        if name == point:
            raise failpoints.Failed(name)

    monkeypatch.setattr(erasing, "failpoint", fail)
    with pytest.raises(failpoints.Failed), transaction.atomic():
        erasing.erase(case)
    assert Case.objects.get(pk=case.pk).erasure == "granted"
    monkeypatch.undo()
    assert erasing.erase_granted() == 1
    assert where_it_stands(folder) == []


def test_a_file_that_cannot_be_deleted_now_keeps_no_other_case_waiting(cast, folder, monkeypatch, caplog):
    stuck = granted(cast, ended(cast))
    other = granted(cast, ended(cast))
    name = Attachment.objects.filter(case=stuck).first().file.name
    delete = erasing.default_storage.delete

    def refuse(wanted):
        if wanted == name:
            raise OSError("the store does not answer")
        delete(wanted)

    monkeypatch.setattr(erasing.default_storage, "delete", refuse)
    assert erasing.erase_granted() == 1
    assert Case.objects.get(pk=other.pk).erasure == "done"
    assert Attachment.objects.filter(case=stuck).exists()
    assert "could not be erased" in caplog.text
    monkeypatch.undo()
    assert erasing.erase_granted() == 1
    assert where_it_stands(folder) == []


def test_the_mail_that_says_so_goes_before_the_address_does(cast):
    case = granted(cast, ended(cast))
    Notice.objects.create(case=case, template="update", language="en", not_before=this_moment())
    assert erasing.erase_granted() == 0
    Notice.objects.filter(case=case).update(status=Notice.Status.SENT)
    assert erasing.erase_granted() == 1


def test_mails_in_the_mailbox_go_whatever_address_they_went_to(cast, settings):
    settings.EMAIL_BACKEND = "jobs.mailbox.Mailbox"
    case, other = ended(cast), file_case(email="old@example.invalid")
    Notice.objects.filter(case=case).update(status=Notice.Status.WAITING)
    Contact.objects.filter(case=case).update(email="old@example.invalid")
    send_due()
    Contact.objects.filter(case=case).update(email="new@example.invalid")
    assert MailboxMessage.objects.filter(to="old@example.invalid", subject__contains=case.reference)
    granted(cast, case)
    send_due()
    erasing.erase_granted()
    assert not MailboxMessage.objects.filter(subject__contains=case.reference)
    assert MailboxMessage.objects.filter(to="old@example.invalid", subject__contains=other.reference)


def test_another_case_keeps_all_it_has(cast):
    other = file_case(name="Somebody else", text="Another matter.")
    granted(cast, ended(cast))
    erasing.erase_granted()
    assert Contact.objects.get(case=other).name == "Somebody else"
    assert Statement.objects.get(case=other).text == "Another matter."


def test_whoever_recorded_the_request_does_not_decide_it(cast):
    case = ended(cast)
    move(case, "request_erasure", Actor.caller(cast.wing, "phone"))
    case.refresh_from_db()
    with pytest.raises(NotPermitted):
        move(case, "grant_erasure", cast.staff("wing"), reason="Fine.")
    with pytest.raises(NotPermitted):
        move(case, "refuse_erasure", cast.staff("amina"), ground="in_use", text="No.")
    move(case, "grant_erasure", cast.staff("may"), reason="Fine.")
    assert Case.objects.get(pk=case.pk).erasure == "granted"


def test_nothing_is_granted_while_the_concern_is_open_or_held(cast):
    case = asked(make_case(State.ASSESSING, cast))
    with pytest.raises(NotAllowed):
        move(case, "grant_erasure", cast.staff("wing"), reason="Fine.")
    move(case, "refuse_erasure", cast.staff("wing"), ground="in_use", text="We are still working on it.")
    said = project(Case.objects.get(pk=case.pk)).events[-1]
    assert "section 26(1)" in said.sentence
    assert said.text == "We are still working on it."
    held = asked(ended(cast))
    move(held, "hold", cast.staff("wing"), reason="The court asked for it.")
    held.refresh_from_db()
    with pytest.raises(NotAllowed) as refused:
        move(held, "grant_erasure", cast.staff("wing"), reason="Fine.")
    assert "legal hold" in str(refused.value.message)
    move(held, "lift_hold", cast.staff("wing"), reason="The court is done.")
    move(held, "grant_erasure", cast.staff("wing"), reason="Fine.")


def test_a_hold_that_comes_after_the_decision_still_keeps_everything(cast, folder):
    case = granted(cast, ended(cast))
    move(case, "hold", cast.staff("wing"), reason="The court asked for it.")
    assert erasing.erase_granted() == 0
    assert Attachment.objects.filter(case=case).exists()
    assert Message.objects.filter(case=case).exclude(text="").exists()


def test_what_is_about_to_be_erased_is_not_opened_again(cast):
    case = granted(cast, ended(cast))
    with pytest.raises(NotAllowed) as refused:
        move(case, "request_reopen", Actor.business(case), reason="Not settled.")
    assert "erased" in str(refused.value.message)


def test_rows_that_nobody_changes_lose_their_words_and_nothing_else(cast):
    ended(cast)
    letter, reading = Letter.objects.get(), Reading.objects.first()
    for row, change in ((letter, {"sha256": ""}), (letter, {"document": b"other"}), (reading, {"what": "x"}), (reading, {"reason": "other"})):  # fmt: skip
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**change)
    Letter.objects.filter(pk=letter.pk).update(document=b"")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        letter.delete()


def test_the_forms_say_what_they_ask(cast):
    case = asked(ended(cast))
    form = form_of(case, "refuse_erasure")({}, subject=case, actor=cast.staff("wing"))
    assert not form.is_valid()
    assert set(form.errors) == {"ground", "text"}


def test_t49_words_after_an_erasure_are_reached_by_another_and_by_the_next_run_of_retention(cast, folder):
    case = granted(cast, ended(cast))
    erasing.erase_granted()
    case = Case.objects.get(pk=case.pk)
    move(case, "send_message", Actor.business(case), text=f"{CANARY} writes again.")
    assert where_it_stands(folder) != []
    case = Case.objects.get(pk=case.pk)
    assert (case.erasure, case.erased_at is not None) == ("", True)
    with pytest.raises(Unseen):  # what was erased before stays erased
        document(case.referrals.get())
    granted(cast, case)
    assert erasing.erase_granted() == 1
    assert where_it_stands(folder) == []


def test_a_move_without_words_leaves_an_erased_case_as_it_is(cast):
    case = granted(cast, ended(cast))
    erasing.erase_granted()
    move(case, "rate", Actor.business(case), score=4)
    assert Case.objects.get(pk=case.pk).erasure == "done"


def test_t49_of_a_cleaned_copy_that_was_made_meanwhile_nothing_is_left(cast, folder, monkeypatch):
    case = granted(cast, ended(cast))
    still_due, asked_for = erasing._still_due, []

    def while_a_copy_is_made():
        asked_for.append(1)
        if len(asked_for) == 2:  # the list of this run stands; another worker is faster than its lock
            assert cleaning.make_copies() == 1
        return still_due()

    monkeypatch.setattr(erasing, "_still_due", while_a_copy_is_made)
    assert erasing.erase_granted() == 1
    assert not list(Path(folder).rglob("evidence/*"))
    assert Case.objects.get(pk=case.pk).erasure == "done"
