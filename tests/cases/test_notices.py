"""Mail: who is told of what, what it says, and that each mail goes out at least once and at most twice."""

import itertools
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.core import mail
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from cases import mailing
from cases.models import Contact, Notice
from cases.notices import unreached
from cases.permissions import Actor
from cases.states import State
from jobs import failpoints, periodic
from jobs.runner import Runner
from tests.cast import an_authority, file_case, make_case, move, sent_referral
from tests.ports import free_port

pytestmark = [pytest.mark.both, pytest.mark.django_db]
Status = Notice.Status


@pytest.fixture(autouse=True)
def _a_rested_server(monkeypatch):
    monkeypatch.setattr(mailing, "_resting_until", 0.0)


@pytest.fixture
def nothing_waits(db):
    """Call it to begin from the mails of one move only."""

    def forget():
        Notice.objects.all().delete()
        DBTaskResult.objects.all().delete()

    return forget


class Server:
    """A mail server that answers as the test says and remembers what it took.

    ``at_rcpt`` maps addresses to answers; ``after_data`` are answers to the next mails, ``drop`` meaning that the
    line breaks with the text received and no answer given.
    """

    def __init__(self):
        self.at_mail, self.at_rcpt, self.after_data, self.taken = "250 OK", {}, [], []

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self.at_mail

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.at_rcpt.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = self.after_data.pop(0) if self.after_data else "250 OK"
        if answer == "drop" or answer.startswith("250"):
            self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        if answer == "drop":
            server.transport.abort()
        return answer

    def addressees(self):
        return [message["To"] for message in self.taken]


@pytest.fixture
def smtp(settings):
    settings.EMAIL_BACKEND = "jobs.smtp.Smtp"
    port = free_port()
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    yield server
    controller.stop()


def in_an_hour():
    """As if an hour had passed for everything that waits."""
    Notice.objects.filter(status=Status.WAITING).update(not_before=timezone.now() - timedelta(hours=1))


def abandon(notice):
    """As if the worker had been killed two minutes ago in the middle of the try."""
    Notice.objects.filter(pk=notice.pk).update(sending_at=timezone.now() - timedelta(minutes=2))
    mailing._resting_until = 0.0


# --- who is told -------------------------------------------------------------------------------
def test_the_receipt_is_noticed_and_its_sending_enqueued_in_the_same_transaction(cast):
    case = file_case(language="zh-hant")
    notice = Notice.objects.get()
    assert (notice.case, notice.to_user, notice.template) == (case, None, "received")
    assert (notice.language, notice.status) == ("zh-hant", Status.WAITING)
    assert DBTaskResult.objects.filter(task_path="cases.tasks.send_notices").count() == 1


@pytest.mark.parametrize("silent", [{"email": ""}, {"notify": False}])
def test_a_business_without_address_or_wish_gets_no_mail(cast, silent):
    file_case(**silent)
    assert not Notice.objects.exists() and not DBTaskResult.objects.exists()


def test_an_internal_event_tells_the_business_nothing(cast, nothing_waits):
    case = file_case()
    nothing_waits()
    move(case, "claim", cast.staff("amina"))
    move(case, "add_note", cast.staff("amina"), text="internal")
    assert not Notice.objects.exists()


def test_what_the_business_did_itself_is_not_mailed_to_it_but_to_the_officer(cast, nothing_waits):
    case = file_case()
    move(case, "claim", cast.staff("amina"))
    nothing_waits()
    move(case, "send_message", Actor.business(case), text="One more thing.")
    assert [n.to_user for n in Notice.objects.all()] == [cast.amina]


def test_a_message_of_a_case_that_nobody_holds_is_mailed_to_nobody(cast, nothing_waits):
    case = file_case()
    nothing_waits()
    move(case, "send_message", Actor.business(case), text="One more thing.")
    assert not Notice.objects.exists()


def test_an_officer_is_not_told_what_she_recorded_herself(cast, nothing_waits):
    case = file_case()
    move(case, "claim", cast.staff("amina"))
    nothing_waits()
    move(case, "send_message", Actor.caller(cast.amina, "phone"), text="She called.")
    assert not Notice.objects.exists()


def test_whoever_is_given_a_case_by_another_is_told(cast, nothing_waits):
    case = file_case()
    nothing_waits()
    move(case, "assign", cast.staff("wing"), user=cast.chi)
    assert [n.to_user for n in Notice.objects.all()] == [cast.chi]


def test_an_answer_of_the_authority_itself_is_told_to_the_officer_only(cast, nothing_waits):
    case = make_case(State.ASSESSING, cast)
    move(case, "claim", cast.staff("amina"))
    referral = sent_referral(case, cast)
    nothing_waits()
    move(referral, "answer", Actor.authority(referral), text="已办结。")
    assert [n.to_user for n in Notice.objects.all()] == [cast.amina]


def test_an_escalation_to_the_second_level_reaches_the_head_of_the_office(cast, nothing_waits):
    case = file_case(email="")
    move(case, "escalate", cast.staff("amina"), level=1, reason="slow")
    assert {n.to_user for n in Notice.objects.all()} == {cast.wing, cast.may}
    nothing_waits()
    move(case, "escalate", cast.staff("amina"), level=2, reason="slow")
    assert [n.to_user for n in Notice.objects.all()] == [cast.wing]


def test_news_while_a_mail_still_waits_adds_no_second_mail(cast):
    case = file_case()
    move(case, "triage", cast.staff("amina"), **_triage(case))
    move(case, "send_message", cast.staff("amina"), text="Hello.")
    assert Notice.objects.count() == 1


def test_two_mails_about_one_case_are_at_least_fifteen_minutes_apart(cast):
    case = file_case()
    mailing.send_due()
    sent_at = Notice.objects.get().sent_at
    DBTaskResult.objects.all().delete()
    move(case, "send_message", cast.staff("amina"), text="Hello.")
    assert Notice.objects.last().not_before == sent_at + timedelta(minutes=15)
    assert not DBTaskResult.objects.exists()  # the clock finds it when its time has come
    assert mailing.send_due() == 0


def test_the_clock_looks_for_what_is_due_every_twenty_seconds():
    assert periodic._register["cases.tasks.send_notices"].seconds == 20


def _triage(case):
    return {
        "category": case.category,
        "division": case.division,
        "level": "municipal",
        "proceedings": "none",
        "referable": "yes",
    }


# --- what it says -------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_a_mail_tells_reference_and_page_and_nothing_of_the_matter(cast, language, smtp, settings):
    case = file_case(language=language)
    assert mailing.send_due() == 1
    sent = smtp.taken[0]
    link = f"{settings.SITE_ORIGIN}/{language}/track/"
    text, html = (part.get_content() for part in sent.iter_parts())
    assert case.reference in sent["Subject"] and case.reference in text and case.reference in html
    assert link in text and link in html
    for secret in ("Ho", "Harbour", "port", "广东", "廣東", "Guangdong", "held"):
        assert secret not in text.split("http")[0] and secret not in sent["Subject"]
    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html"]


def test_the_headers_keep_robots_quiet_and_name_the_mail_once_and_for_all(cast, smtp):
    file_case()
    mailing.send_due()
    sent, notice = smtp.taken[0], Notice.objects.get()
    assert sent["Message-ID"] == f"<{notice.uuid}@127.0.0.1>"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["X-Auto-Response-Suppress"] == "All"
    assert sent["Content-Language"] == "en-HK"
    assert sent["To"] == "ho@example.invalid"


def test_a_mail_to_staff_leads_to_the_case_and_says_no_more(cast, nothing_waits, smtp, settings):
    case = file_case()
    nothing_waits()
    cast.chi.language = "zh-hant"
    cast.chi.save()
    move(case, "assign", cast.staff("wing"), user=cast.chi)
    mailing.send_due()
    text = next(smtp.taken[0].iter_parts()).get_content()
    assert f"{settings.SITE_ORIGIN}/zh-hant/cases/{case.reference}/" in text
    assert smtp.addressees() == ["chi@example.invalid"]


def test_bad_input_12_13_15_16_17_nothing_that_anybody_wrote_gets_into_a_mail(cast):
    nasty = "<script>alert(1)</script> {{7*7}} %s %(name)s A & B <Limited>"
    file_case(text=nasty, name=nasty, company=nasty)
    assert mailing.send_due() == 1
    sent = mail.outbox[0]
    everything = sent.subject + sent.body + sent.alternatives[0].content
    for part in ("<script", "alert(1)", "7*7", "{{", "%(name)s", "A & B", "A &amp; B"):
        assert part not in everything


def test_the_address_is_read_at_the_last_moment(cast, smtp):
    case = file_case()
    Contact.objects.filter(case=case).update(email="new@example.invalid")
    mailing.send_due()
    assert smtp.addressees() == ["new@example.invalid"]


@pytest.mark.parametrize("gone", [{"email": ""}, {"notify": False}])
def test_an_address_erased_meanwhile_is_not_used(cast, gone):
    case = file_case()
    Contact.objects.filter(case=case).update(**gone)
    assert mailing.send_due() == 0 and not mail.outbox
    assert Notice.objects.get().status == Status.SKIPPED


def test_t31_bad_input_41_a_line_break_in_an_address_ends_that_mail_only(cast, smtp):
    case, other = file_case(), file_case()
    Contact.objects.filter(case=case).update(email="a@b.hk\nBcc: x@y.zz")
    assert mailing.send_due() == 1
    assert Notice.objects.get(case=case).status == Status.FAILED
    assert Notice.objects.get(case=other).status == Status.SENT
    assert smtp.addressees() == ["ho@example.invalid"]


# --- at least once, at most twice ----------------------------------------------------------------
def test_a_sent_mail_is_marked_and_never_sent_again(cast, smtp):
    file_case()
    assert mailing.send_due() == 1
    in_an_hour()
    assert mailing.send_due() == 0
    assert Notice.objects.get().status == Status.SENT and len(smtp.taken) == 1


def test_f14_a_server_that_cannot_be_reached_costs_no_try(cast, settings, caplog):
    settings.EMAIL_BACKEND = "jobs.smtp.Smtp"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", free_port(), 1
    file_case()
    assert mailing.send_due() == 0
    notice = Notice.objects.get()
    assert (notice.status, notice.attempts, notice.sending_at) == (Status.WAITING, 0, None)
    assert mailing._resting_until > 0  # and is left alone for a while


@pytest.mark.parametrize("answer", ["421 4.3.2 closing", "451 4.3.0 try later"])
def test_f14_a_temporary_refusal_is_tried_again_until_it_is_taken(cast, smtp, answer):
    file_case()
    smtp.after_data = [answer] * 3
    for _turn in range(3):
        assert mailing.send_due() == 0
        notice = Notice.objects.get()
        assert notice.status == Status.WAITING and notice.error.startswith(answer[:3])
        assert timezone.now() < notice.not_before < timezone.now() + timedelta(minutes=10)
        in_an_hour()
        mailing._resting_until = 0.0
    assert mailing.send_due() == 1
    assert len(smtp.taken) == 1 and Notice.objects.get().attempts == 4


def test_f14_what_is_put_off_for_three_days_counts_as_refused_and_is_shown(cast, smtp):
    case = file_case()
    smtp.at_rcpt["ho@example.invalid"] = "451 4.7.1 try again later"
    mailing.send_due()
    put_off = Notice.objects.get()
    assert put_off.status == Status.WAITING and put_off.put_off_at and unreached(case) is None
    Notice.objects.update(put_off_at=timezone.now() - timedelta(days=2, hours=23))
    in_an_hour()
    mailing.send_due()
    assert Notice.objects.get().status == Status.WAITING
    Notice.objects.update(put_off_at=timezone.now() - timedelta(days=3))
    in_an_hour()
    mailing.send_due()
    given_up = Notice.objects.get()
    assert (given_up.status, given_up.error, given_up.attempts) == (Status.FAILED, "451 4.7.1", 3)
    assert unreached(case) == given_up
    # Somebody has it tried anew: three days anew.
    mailing.try_again([given_up])
    mailing.send_due()
    again = Notice.objects.get()
    assert again.status == Status.WAITING and timezone.now() - again.put_off_at < timedelta(minutes=1)


def test_f14_a_server_that_has_no_time_for_anybody_is_waited_for_without_end(cast, smtp):
    file_case()
    for answer in ("421 4.3.2 closing", "451 4.3.0 busy"):
        smtp.at_mail = answer
        Notice.objects.update(not_before=timezone.now() - timedelta(days=9))
        mailing._resting_until = 0.0
        mailing.send_due()
        waits = Notice.objects.get()
        assert (waits.status, waits.put_off_at) == (Status.WAITING, None)


def test_f14_a_permanent_refusal_concerns_that_recipient_only(cast, smtp):
    file_case(email="nobody@example.invalid")
    file_case(email="somebody@example.invalid")
    smtp.at_rcpt["nobody@example.invalid"] = "550 5.1.1 no such user nobody@example.invalid"
    assert mailing.send_due() == 1
    first, second = Notice.objects.order_by("pk")
    assert (first.status, first.error) == (Status.FAILED, "550 5.1.1")
    assert second.status == Status.SENT


def test_a_mail_refused_for_its_sender_is_not_held_against_its_recipient(cast, smtp):
    file_case()
    smtp.at_mail = "550 5.7.1 not allowed to send"
    assert mailing.send_due() == 0
    assert Notice.objects.get().status == Status.WAITING
    smtp.at_mail = "250 OK"
    in_an_hour()
    mailing._resting_until = 0.0
    assert mailing.send_due() == 1


def test_f04_a_worker_killed_before_the_server_was_asked_costs_nothing(cast, smtp):
    file_case()
    notice = Notice.objects.get()
    assert mailing._take(notice)
    assert mailing.send_due() == 0  # still in its hands, as far as anybody knows
    abandon(notice)
    assert mailing.send_due() == 1
    assert len(smtp.taken) == 1 and Notice.objects.get().status == Status.SENT


@pytest.mark.parametrize(("where", "mails"), [("before_smtp", 1), ("after_smtp_before_mark", 2)])
def test_f04_a_worker_that_dies_at_a_failpoint_leaves_a_mail_sent_once_or_twice(
    cast, smtp, monkeypatch, where, mails
):
    file_case()
    monkeypatch.setattr(failpoints, "_armed", (where, 1, "raise"))
    monkeypatch.setattr(failpoints, "_passings", itertools.count(1))
    with pytest.raises(failpoints.Failed):
        mailing.send_due()
    abandon(Notice.objects.get())
    assert mailing.send_due() == 1
    assert len(smtp.taken) == mails and len({m["Message-ID"] for m in smtp.taken}) == 1


@pytest.mark.django_db(transaction=True)
def test_the_worker_sends_the_mail_of_a_move_when_it_is_committed(cast, smtp):
    file_case()
    assert Runner().run_due() >= 1
    assert smtp.addressees() == ["ho@example.invalid"]
    assert DBTaskResult.objects.get(task_path="cases.tasks.send_notices").status == "SUCCESSFUL"


def test_a_line_that_breaks_after_the_text_sends_it_twice_at_most_with_one_message_id(cast, smtp):
    file_case()
    smtp.after_data = ["drop"]
    assert mailing.send_due() == 0
    notice = Notice.objects.get()
    assert (notice.status, notice.unseen) == (Status.WAITING, 1)
    in_an_hour()
    mailing._resting_until = 0.0
    assert mailing.send_due() == 1
    assert [m["Message-ID"] for m in smtp.taken] == [f"<{notice.uuid}@127.0.0.1>"] * 2


def test_a_second_end_that_nobody_saw_parks_the_mail(cast, smtp):
    file_case()
    smtp.after_data = ["drop", "drop"]
    for _turn in range(4):
        mailing.send_due()
        in_an_hour()
        mailing._resting_until = 0.0
    assert len(smtp.taken) == 2 and Notice.objects.get().status == Status.PARKED


def test_a_worker_killed_twice_in_the_middle_parks_the_mail(cast, smtp):
    file_case()
    notice = Notice.objects.get()
    for _turn in range(2):
        assert mailing._take(Notice.objects.get())
        abandon(notice)
    assert mailing.send_due() == 0
    assert not smtp.taken and Notice.objects.get().status == Status.PARKED


def test_two_unseen_ends_are_counted_across_a_temporary_refusal(cast, smtp):
    file_case()
    smtp.after_data = ["drop", "451 4.3.0 later", "drop"]
    for _turn in range(5):
        mailing.send_due()
        in_an_hour()
        mailing._resting_until = 0.0
    assert len(smtp.taken) == 2 and Notice.objects.get().status == Status.PARKED


def test_of_two_workers_one_takes_the_mail(cast):
    file_case()
    one, two = Notice.objects.get(), Notice.objects.get()
    assert mailing._take(one) and not mailing._take(two)


def test_a_result_is_not_written_over_another_workers(cast):
    file_case()
    slow = Notice.objects.get()
    mailing._take(slow)
    abandon(slow)
    mailing._take(Notice.objects.get())
    mailing._end(slow, Status.FAILED, "late")
    assert Notice.objects.get().status == Status.WAITING


def test_p6_mails_to_one_person_about_one_case_keep_their_order(cast, smtp):
    case = file_case()
    first = Notice.objects.get()
    later = timezone.now() + timedelta(hours=1)
    Notice.objects.create(
        case=case, event=first.event, template="update", language="en", not_before=first.not_before
    )
    Notice.objects.filter(pk=first.pk).update(not_before=later)  # waits after a temporary refusal
    assert mailing.send_due() == 0
    Notice.objects.filter(pk=first.pk).update(not_before=first.not_before)
    assert mailing.send_due() == 2
    assert ["received" in m["Subject"] for m in smtp.taken] == [True, False]


def test_a_colleague_who_cannot_be_reached_does_not_hold_up_the_business(cast, smtp, nothing_waits):
    case = file_case()
    nothing_waits()
    move(case, "assign", cast.staff("wing"), user=cast.chi)
    smtp.at_rcpt["chi@example.invalid"] = "450 4.2.2 full"
    mailing.send_due()
    move(case, "send_message", cast.staff("amina"), text="Hello.")
    assert mailing.send_due() == 1 and smtp.addressees() == ["ho@example.invalid"]


def test_f14_a_backlog_drains_in_one_go_when_the_server_is_back(cast, smtp):
    for n in range(12):
        file_case(email=f"b{n}@example.invalid")
    assert mailing.send_due() == 12
    assert smtp.addressees() == [f"b{n}@example.invalid" for n in range(12)]


def test_sending_to_an_authority_mails_the_business_once(cast, nothing_waits):
    case = make_case(State.ASSESSING, cast)
    nothing_waits()
    sent_referral(case, cast, an_authority())
    assert [n.template for n in Notice.objects.all()] == ["update"]
