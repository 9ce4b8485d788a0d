"""The case page and the moves made from it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from cases.files import keep_upload
from cases.models import Case, Contact, Event, Reading
from tests.cast import make_case, move


@pytest.fixture
def at(cast):
    """A browser in which somebody is signed in: ``at("amina")``."""

    def sign_in(name):
        client = Client()
        client.force_login(cast.users[name])
        return client

    return sign_in


STATES = ["received", "assessing", "awaiting_submitter", "referred", "answered", "closed", "withdrawn"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", ["en", "zh-hant", "zh-hans"])
def test_the_case_page_shows_every_state_in_every_language(at, cast, state, language):
    case = make_case(state, cast)
    for name in ("amina", "wing", "hana"):
        page = at(name).get(f"/{language}/cases/{case.reference}/")
        assert page.status_code == 200
        assert "Our goods have been held" in page.content.decode()
    for referral in case.referrals.all():
        page = at("amina").get(f"/{language}/cases/{case.reference}/referrals/{referral.uuid}/")
        assert page.status_code == 200


@pytest.fixture(autouse=True)
def _no_wait(settings):
    settings.UNDO_SECONDS = 0  # what waits is in test_composing


@pytest.mark.parametrize("state", STATES)
def test_every_offered_move_has_a_page_with_its_form(at, cast, state):
    case = make_case(state, cast)
    for name in ("amina", "wing"):
        page = at(name).get(f"/en/cases/{case.reference}/")
        for move_ in [*page.context["more"], *filter(None, [page.context["main"], page.context["asks"]])]:
            assert at(name).get(move_["url"]).status_code == 200, move_["url"]


@pytest.mark.parametrize("state", STATES)
def test_the_case_page_costs_ten_queries_whatever_the_history(at, cast, state, django_assert_max_num_queries):
    case = make_case(state, cast)
    for n in range(20):
        move(case, "add_note", cast.staff("amina"), text=f"Note {n}")
    client = at("wing")
    client.get(f"/en/cases/{case.reference}/")
    with django_assert_max_num_queries(10):
        client.get(f"/en/cases/{case.reference}/")


def post(client, case, name, /, lang="en", version=None, **data):
    version = Case.objects.get(pk=case.pk).seq if version is None else version
    return client.post(f"/{lang}/cases/{case.reference}/moves/{name}/", {"version": version, **data})


def test_a_claim_is_one_press_and_the_second_one_learns_who_was_faster(at, cast):
    case = make_case("received", cast)
    seen = case.seq
    assert post(at("amina"), case, "claim").status_code == 302
    late = post(at("chi"), case, "claim", version=seen)
    assert late.status_code == 409
    assert "Claimed by Amina" in late.content.decode()
    assert Case.objects.get(pk=case.pk).assignee == cast.amina


def test_a_stale_form_says_what_changed_and_keeps_every_word(at, cast):
    case = make_case("assessing", cast)
    seen = case.seq
    move(case, "add_note", cast.staff("wing"), text="I called them already.")
    words = "Please send us the number.\nAnd the date."
    page = post(at("amina"), case, "ask", version=seen, text=words, answer_by="2027-03-01", confirmed="1")
    text = page.content.decode()
    assert page.status_code == 409
    assert "I called them already." in text
    assert "Wing" in text
    assert "Please send us the number.\nAnd the date." in text
    assert "2027-03-01" in text
    assert page.context["version"] == seen + 1
    assert "Use the new version" in text or "Preview and send" in text
    assert not Event.objects.filter(case=case, move="ask").exists()


def test_a_move_without_a_version_is_asked_for_one(at, cast):
    case = make_case("received", cast)
    page = at("amina").post(f"/en/cases/{case.reference}/moves/claim/", {})
    assert page.status_code == 428


def test_a_message_is_looked_at_before_it_is_sent_and_can_be_changed(at, cast):
    case = make_case("assessing", cast, language="zh-hans")
    amina = at("amina")
    look = post(amina, case, "send_message", text="您好。\n请补充。")
    assert look.status_code == 200
    assert 'lang="zh-Hans-CN"' in look.content.decode()
    assert not Event.objects.filter(case=case, move="send_message").exists()
    back = post(amina, case, "send_message", text="您好。\n请补充。", edit="1")
    assert "您好。\n请补充。" in back.content.decode()
    assert post(amina, case, "send_message", text="您好。\n请补充。", confirmed="1").status_code == 302
    assert Event.objects.get(case=case, move="send_message").message.text == "您好。\n请补充。"


def test_t12_a_note_and_a_message_have_forms_that_cannot_be_confused(at, cast):
    case = make_case("assessing", cast)
    page = at("amina").get(f"/en/cases/{case.reference}/").content.decode()
    assert page.count("<textarea") == 1
    assert "Save internal note" in page
    assert "Preview and send" not in page
    message = at("amina").get(f"/en/cases/{case.reference}/moves/send_message/").content.decode()
    assert message.count("<textarea") == 1
    assert "The business will see this" in message
    assert "Save internal note" not in message


def test_t12_a_note_typed_never_reaches_the_message_page(at, cast):
    case = make_case("assessing", cast)
    secret = "They seem to hide something"
    post(at("amina"), case, "add_note", text=secret)
    page = at("amina").get(f"/en/cases/{case.reference}/moves/send_message/")
    assert secret not in page.content.decode()


def test_files_of_a_refused_message_are_held_for_the_next_try(at, cast, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    case = make_case("assessing", cast)
    seen = case.seq
    move(case, "add_note", cast.staff("wing"), text="Just now.")
    file = SimpleUploadedFile("letter.txt", b"Dear business", "text/plain")
    late = post(
        at("amina"), case, "send_message", version=seen, text="See the file.", files=file, confirmed="1"
    )
    assert late.status_code == 409
    assert "letter.txt" in late.content.decode()
    key = late.context["held_key"]
    done = post(at("amina"), case, "send_message", text="See the file.", held=key, confirmed="1")
    assert done.status_code == 302
    message = Event.objects.get(case=case, move="send_message").message
    assert [a.name for a in message.attachments.all()] == ["letter.txt"]


def test_held_files_of_another_person_are_not_taken(at, cast, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    case = make_case("assessing", cast)
    file = SimpleUploadedFile("letter.txt", b"Dear business", "text/plain")
    look = post(at("amina"), case, "send_message", text="See the file.", files=file)
    key = look.context["held_key"]
    post(at("chi"), case, "send_message", text="Mine.", held=key, confirmed="1")
    message = Event.objects.get(case=case, move="send_message").message
    assert not message.attachments.exists()


def test_what_was_entered_wrongly_is_said_beside_the_field_and_kept(at, cast):
    case = make_case("assessing", cast)
    page = post(at("amina"), case, "close", outcome="not_resolved", text="Sorry about it.", confirmed="1")
    assert page.status_code == 422
    assert "Choose why it was not resolved." in page.content.decode()
    assert "Sorry about it." in page.content.decode()
    assert Case.objects.get(pk=case.pk).state == "assessing"


def test_a_move_that_is_not_open_says_why(at, cast):
    case = make_case("received", cast)
    page = at("amina").get(f"/en/cases/{case.reference}/moves/refer/")
    assert page.status_code == 409
    assert "not possible in the present state" in page.content.decode()


def test_a_supervisors_move_is_refused_to_a_caseworker(at, cast):
    case = make_case("closed", cast)
    assert at("amina").get(f"/en/cases/{case.reference}/moves/reopen/").status_code == 403
    assert post(at("amina"), case, "reopen", reason="Again", confirmed="1").status_code == 403


def test_staff_record_what_the_business_said_on_the_phone(at, cast):
    case = make_case("awaiting_submitter", cast)
    page = at("amina").get(f"/en/cases/{case.reference}/moves/reply/?for=business")
    assert "How the business told us" in page.content.decode()
    done = post(at("amina"), case, "reply", text="It is 1234.", channel_of_business="phone")
    assert done.status_code == 302
    event = Event.objects.get(case=case, move="reply")
    assert (event.on_behalf, event.channel, event.by_user) == ("business", "phone", cast.amina)
    assert (
        "The business (Phone, recorded by Amina)"
        in at("wing").get(f"/en/cases/{case.reference}/").content.decode()
    )


# --- the letter -----------------------------------------------------------------------------
def test_a_letter_goes_from_suggestion_to_sent_through_the_pages(at, cast):
    case = make_case("assessing", cast)
    amina, wing = at("amina"), at("wing")
    page = amina.get(f"/en/cases/{case.reference}/moves/refer/").content.decode()
    assert 'value="CUSTOMS-5200"' in page
    post(amina, case, "refer", authorities=["CUSTOMS-5200"], kind="concern", disclose="nothing")
    referral = case.referrals.get()
    base = f"/en/cases/{case.reference}/referrals/{referral.uuid}/"

    def act(client, name, **data):
        return client.post(f"{base}moves/{name}/", {"version": Case.objects.get(pk=case.pk).seq, **data})

    body = "请贵单位依法核实并函复。"
    assert act(amina, "draft", subject="关于货物通关事宜的函", body=body).status_code == 302
    own = amina.get(base).content.decode()
    assert "somebody else approves it" in own
    assert act(amina, "approve", confirmed="1").status_code == 403
    assert act(wing, "approve", confirmed="1").status_code == 302
    draft = amina.get(f"{base}letter/")
    assert draft["Content-Disposition"].startswith("attachment;")
    look = act(amina, "send", channel="post", sent_on="2020-01-01")
    assert look.status_code in (200, 422)
    today = timezone.localdate().isoformat()
    assert act(amina, "send", channel="post", sent_on=today, confirmed="1").status_code == 302
    sent = amina.get(base).content.decode()
    assert "GDETO/" in sent
    assert "SHA-256" in sent
    assert amina.get(f"{base}letter/").content[:2] == b"PK"


def test_the_directory_is_searched_in_any_script_without_losing_what_is_chosen(at, cast):
    case = make_case("assessing", cast)
    for query in ("广州市税务局", "廣州市稅務局", "guangzhou tax"):
        page = post(
            at("amina"), case, "refer", find="1", q=query, authorities=["CUSTOMS-5200"], kind="enquiry"
        )
        text = page.content.decode()
        assert page.status_code == 200
        assert "TAX-440100" in text
        assert 'value="CUSTOMS-5200" checked' in " ".join(text.split()) or "checked" in text
    assert not case.referrals.exists()


# --- identity and files ---------------------------------------------------------------------
def test_identity_is_shown_once_with_a_reason_that_is_written_down(at, cast):
    case = make_case("assessing", cast)
    amina = at("amina")
    assert "Ho Siu-ming" not in amina.get(f"/en/cases/{case.reference}/").content.decode()
    url = f"/en/cases/{case.reference}/identity/"
    refused = amina.post(url, {"reason": " \u200b"})
    assert refused.status_code == 422
    assert "Ho Siu-ming" not in refused.content.decode()
    assert not Reading.objects.exists()
    shown = amina.post(url, {"reason": "To call back"})
    assert "Ho Siu-ming" in shown.content.decode()
    reading = Reading.objects.get()
    assert (reading.user, reading.what, reading.reason) == (cast.amina, "identity", "To call back")
    assert "Ho Siu-ming" not in amina.get(url).content.decode()
    assert "no-store" in shown["Cache-Control"]


def test_a_number_that_was_understood_can_be_called_as_it_was_typed(at, cast):
    case = make_case("assessing", cast)
    Contact.objects.filter(case=case).update(phone="９１２３ ４５６７", phone_e164="+85291234567")
    shown = at("amina").post(f"/en/cases/{case.reference}/identity/", {"reason": "To call back"}).text
    assert '<a href="tel:+85291234567">９１２３ ４５６７</a>' in shown


def test_identity_of_an_anonymous_concern_and_to_a_cohandler_is_not_there(at, cast):
    case = make_case("assessing", cast, sharing="anonymous", name="", company="", phone="")
    assert at("amina").post(f"/en/cases/{case.reference}/identity/", {"reason": "x"}).status_code == 404
    other = make_case("received", cast)
    move(
        other,
        "triage",
        cast.staff("amina"),
        category=other.category,
        division=other.division,
        level="national",
        proceedings="none",
        referable="yes",
    )
    assert at("lan").get(f"/en/cases/{other.reference}/").status_code == 200
    assert at("lan").post(f"/en/cases/{other.reference}/identity/", {"reason": "x"}).status_code == 404
    assert not Reading.objects.exists()


def test_a_file_leaves_only_as_a_download_that_is_written_down(at, cast, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    case = make_case("assessing", cast)
    file = keep_upload(SimpleUploadedFile("合同（終稿）.txt", b"x"), case=case, from_business=True)
    url = f"/en/cases/{case.reference}/files/{file.uuid}/"
    page = at("amina").get(url)
    assert page.status_code == 200
    assert page["Content-Disposition"].startswith("attachment")
    assert page.getvalue() == b"x"
    for close in page._resource_closers:  # closing the response would close the test's database with it
        close()
    assert Reading.objects.get().attachment == file
    assert at("bo").get(url).status_code == 404


# --- who sees it ----------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["bo", "shan", "olivia", "ada", "partner"])
def test_a_case_of_another_office_does_not_exist_for_them(at, cast, name):
    case = make_case("referred", cast)
    referral = case.referrals.get()
    base = f"/en/cases/{case.reference}/"
    client = at(name)
    for path in (
        "",
        "identity/",
        "moves/claim/",
        f"referrals/{referral.uuid}/",
        f"referrals/{referral.uuid}/letter/",
        f"referrals/{referral.uuid}/moves/recall/",
    ):
        assert client.get(base + path).status_code in (403, 404), path
        assert client.post(base + path, {"version": case.seq}).status_code in (403, 404, 405), path
    assert Case.objects.get(pk=case.pk).seq == case.seq


def test_somebody_not_signed_in_is_sent_to_the_sign_in(client, cast):
    case = make_case("received", cast)
    for path in ("/en/cases/", f"/en/cases/{case.reference}/", f"/en/cases/{case.reference}/moves/claim/"):
        page = client.get(path)
        assert page.status_code == 302
        assert page["Location"].startswith("/accounts/login/")


def test_a_referral_of_another_case_is_not_found_under_this_one(at, cast):
    one, other = make_case("referred", cast), make_case("referred", cast)
    uuid = other.referrals.get().uuid
    assert at("amina").get(f"/en/cases/{one.reference}/referrals/{uuid}/").status_code == 404


# --- bad inputs -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("number", "text"), [(12, "<script>alert(1)</script>"), (13, '"><img src=x onerror=alert(1)>')]
)
def test_bad_input_12_and_13_markup_is_shown_literally(at, cast, number, text):
    case = make_case("assessing", cast, text=text + " and more words", wanted=text, authority_named=text)
    post(at("amina"), case, "add_note", text=text)
    post(at("amina"), case, "send_message", text=text, confirmed="1")
    for path in ("/en/cases/", f"/en/cases/{case.reference}/", f"/en/cases/?q={text}"):
        page = at("amina").get(path).content.decode()
        assert text not in page
        assert escape(text) in page
    look = post(at("amina"), case, "send_message", text=text).content.decode()
    assert text not in look


def test_bad_input_21_a_long_word_may_break_anywhere(at, cast):
    case = make_case("received", cast, text="x" * 4000)
    page = at("amina").get(f"/en/cases/{case.reference}/").content.decode()
    assert "x" * 4000 in page
    assert "cw-user-text" in page


def test_bad_input_22_words_from_right_to_left_stay_in_their_own_box(at, cast):
    case = make_case("received", cast, text="بضائعنا محتجزة في الميناء منذ الثالث من نوفمبر")
    page = at("amina").get(f"/en/cases/{case.reference}/").content.decode()
    assert '<p class="cw-quote cw-user-text" dir="auto"' in page
