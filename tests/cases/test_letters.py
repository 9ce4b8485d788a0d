"""The letter to an authority: what it says, what it must not say, its number, and its paper."""

import hashlib
import threading
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from docx import Document
from docx.oxml.ns import qn

from cases import cleaning, letters
from cases.clocks import today
from cases.files import keep_upload
from cases.forms import REFERRAL_FORMS
from cases.models import Contact, Disclosure, Letter, LetterCounter, LetterVersion, Referral
from cases.refusals import InputRefused, NotPermitted
from cases.states import State
from tests.cast import an_authority, make_case, move
from tests.papers import a_pdf

pytestmark = [pytest.mark.both, pytest.mark.django_db]

BODY = "我办接获企业反映，请贵单位依法核实并函复。"
SUBJECT = "关于货物通关事宜的函"
IDENTITY = {
    "name": "陳大文",
    "company": "海燈貿易（深圳）有限公司",
    "registration_no": "BR-1234 5678",
    "email": "ho@example.invalid",
    "phone": "+852 5555 0000",
}


@pytest.fixture
def referred(cast):
    def refer(disclose="nothing", kind="concern", **filing):
        case = make_case(State.ASSESSING, cast, **filing)
        move(case, "refer", cast.staff("amina"), authorities=[an_authority()], kind=kind, disclose=disclose)
        return Referral.objects.select_related("case").get(case=case)

    return refer


def draft(referral, cast, by="amina", **changes):
    inputs = {"subject": SUBJECT, "body": BODY} | changes
    move(referral, "draft", cast.staff(by), **inputs)
    return referral.versions.last()


def approve_and_send(referral, cast, sent_on=None):
    move(referral, "approve", cast.staff("wing"))
    move(referral, "send", cast.staff("amina"), channel="post", sent_on=sent_on or today())
    return Letter.objects.get(referral=referral)


def words(document):
    return [paragraph.text for paragraph in Document(BytesIO(document)).paragraphs]


def blocking(referral, **version):
    version = LetterVersion(referral=referral, **({"subject": SUBJECT, "body": BODY} | version))
    version.number, version.at = referral.versions.count() + 1, referral.made_at
    version.save()
    return [f.field for f in letters.guard(referral.case, referral, version) if f.blocks]


# --- the first draft --------------------------------------------------------------------------
def test_the_first_draft_names_place_and_subject_but_not_the_business(referred):
    referral = referred()
    first = referral.versions.get()
    assert first.subject.startswith("关于商请核实处理广东省东莞市") and first.subject.endswith("的函")
    assert "【待填：" in first.body and "特此函达" in first.body
    assert first.author is None and referral.last_drafter is None
    assert first.disclosed == []
    contact = Contact.objects.get(case=referral.case)
    for token in contact.tokens:
        assert token not in first.subject + first.body
    assert "应当事人意愿" in first.body


def test_an_enquiry_asks_for_an_explanation_instead_of_action(referred):
    first = referred(kind="enquiry").versions.get()
    assert first.subject.startswith("关于函询") and "特此函询" in first.body and "核实处理" not in first.body


def test_with_consent_the_first_draft_tells_the_company_and_nothing_more(referred):
    referral = referred(disclose="identity", sharing="named")
    first = referral.versions.get()
    assert first.disclosed == ["company"] and "Harbour Lantern Trading Ltd (demo)" in first.body
    assert "Ho Siu-ming" not in first.body and "应当事人意愿" not in first.body


def test_a_letter_with_places_to_fill_in_is_not_approved(referred, cast):
    referral = referred()
    with pytest.raises(InputRefused) as refused:
        move(referral, "approve", cast.staff("wing"))
    assert "fill in" in str(refused.value.errors["letter"][0])


@pytest.mark.parametrize("left", ["{{7*7}}", "__", "【待填】", "}}", "{% debug %}"])
def test_bad_input_15_an_unresolved_place_is_kept_in_the_draft_and_stops_approval(referred, cast, left):
    referral = referred()
    assert draft(referral, cast, body=f"{BODY}{left}").body == f"{BODY}{left}"
    with pytest.raises(InputRefused):
        move(referral, "approve", cast.staff("wing"))


# --- four eyes and versions ---------------------------------------------------------------------
def test_each_saved_draft_is_a_version_of_its_own(referred, cast):
    referral = referred()
    draft(referral, cast)
    draft(referral, cast, body="第三稿")
    assert list(referral.versions.values_list("number", flat=True)) == [1, 2, 3]
    assert referral.versions.last().author == cast.amina


def test_the_last_drafter_cannot_approve(referred, cast):
    referral = referred()
    draft(referral, cast, by="wing")
    with pytest.raises(NotPermitted):
        move(referral, "approve", cast.staff("wing"))
    move(referral, "approve", cast.staff("may"))


@pytest.mark.parametrize("char", ["\x0b", "\x00", "\ufffe", "\x1b"])
def test_a_character_that_paper_cannot_hold_is_refused_by_name_of_field(referred, cast, char):
    referral = referred()
    with pytest.raises(InputRefused) as refused:
        draft(referral, cast, body=f"a{char}b")
    assert set(refused.value.errors) == {"body"}
    assert referral.versions.count() == 1


# --- what it may tell -----------------------------------------------------------------------------
@pytest.mark.parametrize("field", IDENTITY)
def test_t13_no_contact_field_can_be_told_unless_the_business_agreed(referred, cast, field):
    referral = referred(**IDENTITY)
    with pytest.raises(InputRefused) as refused:
        draft(referral, cast, disclosed=[field])
    assert "disclosed" in refused.value.errors


def test_a_field_that_the_business_never_gave_cannot_be_told(referred, cast):
    referral = referred(disclose="identity", sharing="named", phone="")
    with pytest.raises(InputRefused):
        draft(referral, cast, disclosed=["phone"])


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("name", "陈大文先生来函"),
        ("name", "陳 大 文"),
        ("company", "海灯贸易(深圳)有限公司"),
        ("company", "海灯贸易（深圳）公司"),
        ("company", "海燈貿易有限公司"),
        ("registration_no", "商业登记号br12345678"),
        ("email", "邮箱ＨＯ@example.invalid"),
        ("phone", "电话（852）5555-0000"),
        ("phone", "电话５５５５００００"),
    ],
)
def test_an_identity_is_found_however_it_is_written(referred, field, written):
    referral = referred(**IDENTITY)
    assert blocking(referral, body=f"{BODY}{written}。") == [field]
    assert blocking(referral, subject=written) == [field]


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("name", "由Siu-ming Ho提出"),
        ("name", "HO SIU MING"),
        ("company", "harbour lantern trading limited"),
        ("company", "HarbourLanternTrading"),
        ("company", "Harbour　Lantern　Trading　(Demo)　Ltd"),
    ],
)
def test_a_latin_identity_is_found_in_another_order_case_or_spacing(referred, field, written):
    assert blocking(referred(), body=f"{BODY}{written}。") == [field]


@pytest.mark.parametrize("harmless", ["如何处理", "Whom it may concern", "海关", "2026年11月3日", "harbour"])
def test_ordinary_words_are_no_identity(referred, harmless):
    assert blocking(referred(), body=BODY + harmless) == []


def test_whoever_the_concern_was_filed_for_is_not_told_either(referred):
    referral = referred(on_behalf_of="明灯实业有限公司")
    assert blocking(referral, body=f"{BODY}明燈實業") == ["on_behalf_of"]
    person = referred(on_behalf_of="Chan Tai-man")
    assert blocking(person, body=f"{BODY} Tai Man CHAN") == ["on_behalf_of"]


def test_t13_a_business_that_agrees_for_itself_does_not_tell_its_client_by_that(referred):
    referral = referred(sharing="named", on_behalf_of="明灯实业有限公司", disclose="identity")
    assert blocking(referral, body=f"{BODY}明燈實業") == ["on_behalf_of"]
    assert blocking(referral, body=f"{BODY}明燈實業", disclosed=["on_behalf_of"]) == []


def test_an_identity_in_the_text_stops_approval_without_being_repeated(referred, cast):
    referral = referred()
    draft(referral, cast, body=f"{BODY} Ho Siu-ming")
    with pytest.raises(InputRefused) as refused:
        move(referral, "approve", cast.staff("wing"))
    assert "Ho" not in str(refused.value.errors["letter"][0]).split()


def test_with_consent_only_the_fields_chosen_may_stand_in_the_letter(referred):
    referral = referred(disclose="identity", sharing="named")
    text = f"{BODY} Harbour Lantern Trading Ltd (demo), +852 5555 0000"
    assert blocking(referral, body=text, disclosed=["company"]) == ["phone"]
    assert blocking(referral, body=text, disclosed=["company", "phone"], subject="函") == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("A123456(3)", "hkid"),
        ("11010519491231002X", "mainland_id"),
        ("6222 0212 3456 7890", "account"),
        ("9123 4567", "phone_number"),
        ("13800138000", "phone_number"),
        ("x@example.invalid", "address"),
    ],
)
def test_bad_input_28_a_number_that_tells_a_person_warns_and_does_not_stop(referred, cast, number, code):
    referral = referred()
    version = draft(referral, cast, body=f"{BODY}号码{number}。")
    findings = letters.guard(referral.case, referral, version)
    assert code in [f.field for f in findings] and not any(f.blocks for f in findings)
    move(referral, "approve", cast.staff("wing"))


def test_the_table_says_of_every_field_whether_it_is_told_and_why(referred, cast):
    referral = referred(disclose="identity", sharing="named")
    version = draft(referral, cast, disclosed=["company"])
    rows = {row.field: row for row in letters.disclosure_table(referral.case, referral, version)}
    assert set(rows) == {"matter", "annexes", *letters.FIELDS}
    assert rows["company"].told and not rows["name"].told and not rows["annexes"].told
    assert all(str(row.why) and str(row.label) for row in rows.values())


@pytest.mark.parametrize("sharing", ["office_only", "anonymous"])
def test_the_table_tells_no_identity_that_the_business_kept(referred, sharing):
    nobody = {"name": "", "company": "", "phone": ""} if sharing == "anonymous" else {}
    referral = referred(sharing=sharing, **nobody)
    rows = letters.disclosure_table(referral.case, referral, referral.last_version)
    assert [row.field for row in rows if row.told] == ["matter"]


# --- annexes ----------------------------------------------------------------------------------------
def a_document(case):
    upload = SimpleUploadedFile("Harbour Lantern contract.pdf", a_pdf())
    return keep_upload(upload, case=case, from_business=True)


@pytest.fixture(autouse=True)
def files_stand_apart(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_t13_t14_an_original_is_annexed_only_to_a_letter_that_tells_the_identity(referred, cast):
    referral = referred()
    with pytest.raises(InputRefused) as refused:
        draft(referral, cast, annexes=[a_document(referral.case)])
    assert "annexes" in refused.value.errors


def test_an_annex_is_counted_in_the_letter_but_not_named(referred, cast):
    referral = referred(disclose="identity", sharing="named")
    draft(referral, cast, annexes=[a_document(referral.case)], disclosed=["company"])
    letter = approve_and_send(referral, cast)
    assert "附件：1份" in words(letter.document)
    assert not any("Harbour" in line for line in words(letter.document))
    assert Disclosure.objects.get(referral=referral).annexes == 1


def test_a_document_of_another_case_is_not_annexed(referred, cast):
    referral = referred(disclose="identity", sharing="named")
    other = make_case(State.RECEIVED, cast)
    with pytest.raises(InputRefused):
        draft(referral, cast, annexes=[a_document(other)])


# --- sending ------------------------------------------------------------------------------------------
def test_sending_stores_the_exact_bytes_a_number_and_what_was_told(referred, cast):
    referral = referred()
    draft(referral, cast)
    letter = approve_and_send(referral, cast)
    assert hashlib.sha256(bytes(letter.document)).hexdigest() == letter.sha256
    assert letter.number == 1 and letter.year == today().year
    referral = Referral.objects.get(pk=referral.pk)
    assert referral.number == letter.text_number == f"GDETO/{today().year}/0001"
    told = Disclosure.objects.get(referral=referral)
    assert told.fields == [] and told.authority_id == "CUSTOMS-5200"
    assert letters.document(referral) == bytes(letter.document)


def test_numbers_of_an_office_and_year_have_no_gap_even_if_a_sending_is_refused(referred, cast):
    numbers = []
    for _turn in range(3):
        referral = referred()
        draft(referral, cast)
        move(referral, "approve", cast.staff("wing"))
        tomorrow = today() + timedelta(days=1)
        with pytest.raises(InputRefused):
            move(referral, "send", cast.staff("amina"), channel="post", sent_on=tomorrow)
        move(referral, "send", cast.staff("amina"), channel="post", sent_on=today())
        numbers.append(Letter.objects.get(referral=referral).number)
    assert numbers == [1, 2, 3]
    assert LetterCounter.objects.get(office_id="GDETO").last == 3


def test_a_letter_cannot_have_been_sent_before_the_concern_came(referred, cast):
    referral = referred()
    draft(referral, cast)
    with pytest.raises(InputRefused) as refused:
        approve_and_send(referral, cast, sent_on=today() - timedelta(days=400))
    assert "sent_on" in refused.value.errors
    assert not LetterCounter.objects.exists()


def test_what_is_sent_is_what_was_approved(referred, cast):
    referral = referred()
    draft(referral, cast)
    move(referral, "approve", cast.staff("wing"))
    LetterVersion.objects.filter(referral=referral, number=2).update(body="另一封信")
    with pytest.raises(InputRefused) as refused:
        move(referral, "send", cast.staff("amina"), channel="post", sent_on=today())
    assert "letter" in refused.value.errors


def test_t13_the_guard_looks_again_when_the_letter_is_sent(referred, cast):
    referral = referred()
    draft(referral, cast)
    move(referral, "approve", cast.staff("wing"))
    Contact.objects.filter(case=referral.case).update(company="货物通关")
    with pytest.raises(InputRefused):
        move(referral, "send", cast.staff("amina"), channel="post", sent_on=today())


@pytest.mark.django_db(transaction=True)
def test_letters_sent_at_the_same_moment_get_different_numbers_without_a_gap(referred, cast):
    referrals = []
    for _turn in range(4):
        referral = referred()
        draft(referral, cast)
        move(referral, "approve", cast.staff("wing"))
        referrals.append(referral)
    barrier, failed = threading.Barrier(4), []

    def send(referral):
        try:
            barrier.wait(10)
            move(referral, "send", cast.staff("amina"), channel="post", sent_on=today())
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(referral,)) for referral in referrals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed
    assert sorted(Letter.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


# --- paper --------------------------------------------------------------------------------------------
def test_the_letter_has_the_customary_parts_in_order(referred, cast):
    referral = referred()
    draft(referral, cast)
    lines = words(approve_and_send(referral, cast).document)
    day = today()
    office = "香港特别行政区政府驻粤经济贸易办事处"
    assert lines == [
        office,
        f"驻粤办函〔{day.year}〕1号",
        f"档号：GDETO/{day.year}/0001",
        SUBJECT,
        f"{an_authority().name_zh_hans}：",
        BODY,
        "",
        office,
        "（印章）",
        f"{day.year}年{day.month}月{day.day}日",
    ]


def test_a_preview_is_marked_as_a_draft_on_every_page_and_has_no_number(referred):
    paper = Document(BytesIO(letters.document(referred())))
    assert "DRAFT" in paper.sections[0].header.paragraphs[0].text
    assert "〔　　〕" in paper.paragraphs[1].text


def test_east_asian_fonts_are_named_and_nobody_is_in_the_properties(referred):
    paper = Document(BytesIO(letters.document(referred())))
    assert paper.styles["Normal"].element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋"
    assert paper.core_properties.author == "香港特别行政区政府驻粤经济贸易办事处"
    assert paper.core_properties.comments == ""


@pytest.mark.parametrize(
    "literal",
    [
        pytest.param("<script>alert(1)</script>", id="bad_input_12"),
        pytest.param('"><img src=x onerror=alert(1)>', id="bad_input_13"),
        pytest.param("%s %(name)s {0} %n", id="bad_input_16"),
        pytest.param("A & B <Limited>", id="bad_input_17"),
        pytest.param('=HYPERLINK("http://x","y")', id="bad_input_18"),
        pytest.param("＝1+1", id="bad_input_19"),
        pytest.param("𨋢 a\tb  c", id="astral_tab_and_double_space"),
    ],
)
def test_t17_text_reads_back_from_the_document_letter_for_letter(referred, cast, literal):
    referral = referred()
    draft(referral, cast, subject=literal, body=f"{literal}\n\n  {literal}")
    lines = words(approve_and_send(referral, cast).document)
    assert lines[3] == literal and lines[5:8] == [literal, "", f"  {literal}"]


def test_bad_input_17_a_company_with_ampersand_and_brackets_is_identical_in_the_letter(referred, cast):
    company = "A & B <Limited>"
    referral = referred(disclose="identity", sharing="named", company=company)
    assert company in referral.versions.get().body
    draft(referral, cast, body=f"企业：{company}", disclosed=["company"])
    assert f"企业：{company}" in words(approve_and_send(referral, cast).document)


def test_a_cleaned_copy_is_annexed_where_the_identity_is_kept_and_its_drafter_told_to_look(referred, cast):
    referral = referred()
    original = a_document(referral.case)
    cleaning.make_copies()
    version = draft(referral, cast, annexes=[original.cleaned])
    findings = [
        finding for finding in letters.guard(referral.case, referral, version) if finding.field == "annexes"
    ]
    assert [finding.blocks for finding in findings] == [False]
    version.annexes.add(original)
    findings = [
        finding for finding in letters.guard(referral.case, referral, version) if finding.field == "annexes"
    ]
    assert [finding.blocks for finding in findings] == [True]


def test_the_form_of_a_letter_offers_originals_only_where_the_identity_is_told(referred, cast):
    for how, offered in (({}, 1), ({"disclose": "identity", "sharing": "named"}, 2)):
        referral = referred(**how)
        a_document(referral.case)
        cleaning.make_copies()
        form = REFERRAL_FORMS["draft"](None, subject=referral, actor=cast.staff("amina"))
        assert form.fields["annexes"].queryset.count() == offered


def test_p9_a_document_that_may_not_leave_is_no_annex(referred, cast, settings):
    referral = referred(disclose="identity", sharing="named")
    document = a_document(referral.case)
    version = draft(referral, cast, annexes=[document])
    settings.CLAMD_URL = "unix:///nowhere"
    assert [f.blocks for f in letters.guard(referral.case, referral, version) if f.field == "annexes"] == [
        True
    ]
    with pytest.raises(InputRefused):
        draft(referral, cast, annexes=[document])
