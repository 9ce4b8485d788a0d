"""A table of concerns: looked at before anything is filed, filed row by row, and never twice."""

import csv
import io
import json
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from itertools import count
from xml.sax.saxutils import escape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from cases import importing, mailing
from cases.importing import confirm, file_rows, forget_imports, take, work_on_imports
from cases.models import Case, Import, ImportedRow, Notice
from cases.tables import COLUMNS, UnreadableTable, headings, read
from text.fold import fold

pytestmark = [pytest.mark.both, pytest.mark.django_db]
IMPORT = "/en/cases/import/"
HEAD = ("reference", "channel", "received_on", "text", "division", "category", "filer_kind", "company", "name", "email",
        "language")  # fmt: skip
GOOD = {
    "reference": "2025/17",
    "channel": "phone",
    "received_on": "2026-03-02",
    "text": "Our goods are held at the port.",
    "division": "441900",
    "category": "CUS-1",
    "filer_kind": "enterprise",
    "company": "Harbour Lantern Trading Ltd (demo)",
    "name": "Ho Siu-ming",
    "email": "ho@example.invalid",
    "language": "en",
}
_numbers = count(1)


@pytest.fixture(autouse=True)
def _on_a_friday(monkeypatch):
    at = datetime(2026, 3, 6, 4, 0, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: at)


@pytest.fixture
def desk(cast):
    client = Client()
    client.force_login(cast.wing)
    return client


def row(**changes):
    return GOOD | {"reference": f"2025/{next(_numbers)}"} | changes


def as_csv(*rows, head=HEAD, delimiter=","):
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter)
    writer.writerow(head)
    for one in rows:
        writer.writerow([one.get(name, "") for name in HEAD])
    return written.getvalue()


def as_xlsx(*lines, more=()):
    """The smallest workbook that is one; a cell that begins with "=" is a formula, a number is one."""

    def cell(place, value):
        at = f"{chr(65 + place)}"
        if isinstance(value, str) and value.startswith("="):
            return f'<c r="{at}%d"><f>{escape(value[1:])}</f><v>1</v></c>'
        if isinstance(value, (int, float)):
            return f'<c r="{at}%d"><v>{value}</v></c>'
        return f'<c r="{at}%d" t="inlineStr"><is><t>{escape(value)}</t></is></c>' if value else ""

    rows = "".join(
        f'<row r="{n}">' + "".join(cell(p, v).replace("%d", str(n)) for p, v in enumerate(line)) + "</row>"
        for n, line in enumerate(lines, 1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rels}"><sheets>'
        '<sheet name="notes" sheetId="2" state="hidden" r:id="r2"/><sheet name="a" sheetId="1" r:id="r1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/>'
        '<Relationship Id="r2" Target="worksheets/sheet2.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in [*parts.items(), *more]:
            package.writestr(name, text)
    return made.getvalue()


def hands_in(client, data, **more):
    data = data.encode() if isinstance(data, str) else data
    return client.post(IMPORT, {"file": SimpleUploadedFile("concerns.csv", data), **more})


def text_of(page):
    return page.content.decode()


def states(batch=None):
    batch = batch or Import.objects.latest("pk")
    return list(batch.rows.order_by("number").values_list("number", "state"))


# --- the whole way ------------------------------------------------------------------------------
def test_a_table_is_looked_at_then_filed_and_its_result_can_be_loaded_again(desk, cast):
    wrong = row(received_on="2026-03-07", company="")
    answer = hands_in(desk, as_csv(row(), wrong, row(channel="Post", text="A licence was not renewed.")))
    assert answer.status_code == 303
    page = text_of(desk.get(answer["Location"]))
    assert "2 rows will be filed" in page and "Has errors: 1" in page
    assert "Date of receipt: The day must not be in the future." in page
    assert "Name of the company: Enter the name of the company" in page
    assert re.search(r'cw-num">3<', page)  # the headings are row 1
    assert Case.objects.count() == 0
    assert desk.post(answer["Location"]).status_code == 303
    work_on_imports.func()
    for _ in range(2):
        page = text_of(desk.get(answer["Location"] + "?state=filed"))
        assert "The table was imported" in page
        for case in Case.objects.all():
            assert f'href="/en/cases/{case.reference}/"' in page
    first, second = Case.objects.order_by("pk")
    assert first.received_at == datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    event = second.events.get()
    assert (event.channel, event.by_user, event.on_behalf) == ("post", cast.wing, "business")
    assert set(ImportedRow.objects.values_list("data", flat=True)) == {""}


def test_the_same_table_twice_files_nothing_twice(desk):
    rows = [row(), row(reference="", text="A matter without a reference.")]
    for turn in range(2):
        answer = hands_in(desk, as_csv(*rows))
        if turn:
            assert [state for _n, state in states()] == ["there", "there"]
            assert "No row can be filed" in text_of(desk.get(answer["Location"]))
        desk.post(answer["Location"])
        work_on_imports.func()
    assert Case.objects.count() == 2


def test_a_reference_counts_within_its_office_only(desk, cast):
    same = row()
    for user in (cast.wing, cast.shan):
        client = Client()
        client.force_login(user)
        client.post(hands_in(client, as_csv(same))["Location"])
    work_on_imports.func()
    assert Case.objects.count() == 2


def test_two_tables_with_the_same_row_confirmed_at_once_file_it_once(desk):
    same = row()
    places = [
        hands_in(desk, as_csv(same))["Location"],
        hands_in(desk, as_csv(same | {"text": "Other words."}))["Location"],
    ]
    for place in places:
        desk.post(place)
    work_on_imports.func()
    assert Case.objects.count() == 1
    assert [states(batch)[0][1] for batch in Import.objects.order_by("pk")] == ["filed", "there"]
    assert "which stay as they are" in text_of(desk.get(places[1]))


def test_two_people_of_two_presses_confirm_once(cast):
    batch = take(read(as_csv(row()).encode()), cast.wing, "a.csv", mail=False)
    assert [confirm(batch), confirm(batch)] == [True, False]
    file_rows(batch)
    file_rows(batch)
    assert Case.objects.count() == 1


def test_the_same_row_twice_in_one_table_is_an_error_of_the_second(desk):
    same = row()
    hands_in(desk, as_csv(same, same))
    assert states() == [(2, "good"), (3, "bad")]


def test_killed_in_the_middle_it_goes_on_and_files_nothing_twice(cast, monkeypatch):
    batch = take(read(as_csv(*(row() for _ in range(6))).encode()), cast.wing, "a.csv", mail=False)
    confirm(batch)
    passed = count()

    def killed(name):
        if name == "before_row_commits" and next(passed) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(importing, "failpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        file_rows(batch)
    assert Case.objects.count() == 3
    assert [state for _n, state in states()] == ["filed"] * 3 + ["good"] * 3
    monkeypatch.setattr(importing, "failpoint", lambda name: None)
    work_on_imports.func()
    assert Case.objects.count() == 6 and {state for _n, state in states()} == {"filed"}
    assert Import.objects.get().done_at


def test_one_row_that_cannot_be_filed_keeps_no_other_waiting(cast, monkeypatch):
    batch = take(read(as_csv(row(), row(), row()).encode()), cast.wing, "a.csv", mail=False)
    confirm(batch)
    passed = count()

    def stumbles(name):
        if name == "before_row_commits" and next(passed) == 1:
            raise RuntimeError

    monkeypatch.setattr(importing, "failpoint", stumbles)
    file_rows(batch)
    assert [state for _n, state in states()] == ["filed", "good", "filed"]
    monkeypatch.setattr(importing, "failpoint", lambda name: None)
    file_rows(batch)
    assert [state for _n, state in states()] == ["filed"] * 3


def test_whoever_has_no_account_any_more_files_nothing(cast):
    batch = take(read(as_csv(row()).encode()), cast.wing, "a.csv", mail=False)
    confirm(batch)
    cast.wing.is_active = False
    cast.wing.save()
    file_rows(Import.objects.get())
    assert states() == [(2, "failed")] and Case.objects.count() == 0


# --- what is read ---------------------------------------------------------------------------------


def by_codes(line):
    return [line.get(name, "") for name in HEAD]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5hkscs"])
def test_old_and_new_encodings_are_read(encoding):
    table = read(as_csv(row(text="我們的貨物在海關被扣，公司沒有收到任何說明。")).encode(encoding))
    assert table.rows[0].cells["text"] == "我們的貨物在海關被扣，公司沒有收到任何說明。"


@pytest.mark.parametrize(
    "text", ["我们公司的货物在口岸被扣留，至今没有说明。", "批文過了三個月仍未發出，我們不知道原因。"]
)
def test_an_old_encoding_is_told_from_the_other(text):
    for encoding in ("gb18030", "big5hkscs"):
        try:
            data = as_csv(row(text=text)).encode(encoding)
        except UnicodeEncodeError:
            continue
        assert read(data).rows[0].cells["text"] == text


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_marks_between_cells_are_found(delimiter):
    assert read(as_csv(row(), delimiter=delimiter).encode()).rows[0].cells["division"] == "441900"


def test_headings_are_known_in_every_language_and_however_they_are_spaced():
    known = headings()
    assert known["date of receipt"] == known["received_on"] == "received_on"
    table = read(as_csv(row(), head=["  OWN   reference ", *HEAD[1:-1], "Language of the business"]).encode())
    assert set(table.rows[0].cells) == set(HEAD) and table.unread == []


def test_columns_that_are_not_known_are_told(desk):
    data = as_csv(row()).replace("category,", "Colour,", 1)
    page = text_of(desk.get(hands_in(desk, data)["Location"]))
    assert "are not read:" in page and "Colour" in page


def test_a_workbook_is_read_with_its_days_and_the_hidden_sheet_is_not(desk):
    line = row(text="我們的貨物 <被扣> & 不知原因")
    values = [46083 if name == "received_on" else line[name] for name in HEAD]  # 2 March 2026
    data = as_xlsx(HEAD, [], values, more=[("xl/worksheets/sheet2.xml", "<worksheet/>")])
    answer = hands_in(desk, data)
    assert states() == [(3, "good")]
    desk.post(answer["Location"])
    work_on_imports.func()
    case = Case.objects.get()
    assert case.statement.text == line["text"] and case.received_at.date() == date(2026, 3, 2)


def test_a_formula_is_an_error_of_its_cell(desk):
    line = by_codes(row())
    line[3] = '=HYPERLINK("http://x.invalid","a")'
    page = text_of(desk.get(hands_in(desk, as_xlsx(HEAD, line))["Location"]))
    assert "What happened: This cell holds a formula" in page and states() == [(2, "bad")]


def test_a_formula_in_a_csv_is_nothing_but_words(desk):
    words = "=cmd|'/c calc'!A1"
    desk.post(hands_in(desk, as_csv(row(text=words)))["Location"])
    work_on_imports.func()
    assert Case.objects.get().statement.text == words


def bomb():
    return as_xlsx(HEAD, by_codes(row()), more=[("xl/media/x.bin", b"\0" * 20_000_000)])


def entities():
    part = '<!DOCTYPE a [<!ENTITY x "y">]><sst><si><t>&x;</t></si></sst>'
    return as_xlsx(HEAD, by_codes(row()), more=[("xl/sharedStrings.xml", part)])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "no rows under its headings"),
        (",".join(HEAD).encode(), "no rows under its headings"),
        (b"a,b\n1,2\n", "These columns are missing in the first row: How it reached us"),
        ((",".join(HEAD) + ",text\nx\n").encode(), "stand there twice: What happened"),
        ("x,y\n1,2".encode("utf-16"), "characters of the file cannot be read"),
        (b"\x80\xff\xff\n", "characters of the file cannot be read"),
        (b'channel,"open\n', "neither a CSV nor an XLSX"),
        (b"PK\x03\x04 broken", "neither a CSV nor an XLSX"),
        (bomb, "neither a CSV nor an XLSX"),
        (entities, "neither a CSV nor an XLSX"),
        (b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
        (as_csv(*([GOOD] * 5001)).encode(), "more than 5,000 rows"),
    ],
    ids=["empty", "blank", "headings", "columns", "twice", "utf16", "bytes", "quote", "zip", "bomb", "entities", "big", "5001"],
)  # fmt: skip
def test_a_file_that_cannot_be_taken_says_why_and_leaves_nothing(desk, data, said):
    page = hands_in(desk, data() if callable(data) else data)
    assert page.status_code == 422 and said in text_of(page)
    assert Import.objects.count() == 0


def test_a_workbook_of_5001_rows_is_too_many():
    with pytest.raises(UnreadableTable) as refused:
        read(as_xlsx(HEAD, *([by_codes(GOOD)] * 5001)))
    assert refused.value.code == "too_many"


def test_5000_rows_are_read():
    table = read(as_csv(*(row() for _ in range(5000))).encode())
    assert (len(table.rows), table.rows[-1].number) == (5000, 5001)


def test_a_long_table_is_checked_behind_the_page_and_confirmed_only_after(cast, monkeypatch):
    monkeypatch.setattr(importing, "AT_ONCE", 2)
    batch = take(read(as_csv(row(), row(email="nowhere"), row()).encode()), cast.wing, "a.csv", mail=False)
    assert {state for _n, state in states()} == {"new"}
    assert confirm(batch) is False  # nobody has seen it
    work_on_imports.func()
    assert [state for _n, state in states()] == ["good", "bad", "good"]


def test_words_and_names_stand_for_codes_and_others_are_refused_by_row_and_column(desk):
    good = row(channel="At the counter", division="Dongguan", filer_kind="企業", language="繁體中文")
    bad = row(channel="pigeon", division="Atlantis", filer_kind="Nobody", name="何" * 201)
    hands_in(desk, as_csv(good, bad))
    batch = Import.objects.get()
    first, second = batch.rows.order_by("number")
    data = json.loads(first.data)
    assert (data["channel"], data["division"]) == ("counter", "441900")
    assert {column for column, _said in second.why} >= {"channel", "division", "filer_kind", "name"}
    assert "pigeon" not in str(second.why) and "Atlantis" not in str(second.why)


def test_names_of_200_characters_are_kept_and_longer_ones_refused(desk):
    hands_in(desk, as_csv(row(name="何" * 200), row(name="何" * 201)))
    assert states() == [(2, "good"), (3, "bad")]


def test_cells_beside_the_headings_are_an_error(desk):
    data = as_csv(row()).rstrip("\r\n") + ",left over\r\n"
    hands_in(desk, data)
    assert ImportedRow.objects.get().why == [["", "There are cells without a heading above them."]]


# --- who, what is kept, and mail ----------------------------------------------------------------
def test_what_was_handed_in_is_sealed_and_forgotten_when_nobody_confirms(cast, monkeypatch):
    take(read(as_csv(row()).encode()), cast.wing, "Lantern.csv", mail=False)
    with connection.cursor() as cursor:
        for column, name in (("data", "cases_importedrow"), ("file_name", "cases_import")):
            cursor.execute(f"SELECT {column} FROM {name}")  # noqa: S608
            assert cursor.fetchone()[0].startswith("s1:")
    forget_imports.func()
    assert Import.objects.exists()
    later = timezone.now() + timedelta(hours=25)
    monkeypatch.setattr(timezone, "now", lambda: later)
    forget_imports.func()
    assert not Import.objects.exists() and not ImportedRow.objects.exists()


@pytest.mark.parametrize("ticked", [False, True])
def test_no_business_is_written_to_unless_it_was_ticked_and_the_address_confirmed(desk, ticked, mailoutbox):
    answer = hands_in(desk, as_csv(row()), **({"mail": "on"} if ticked else {}))
    desk.post(answer["Location"])
    work_on_imports.func()
    mailing.send_due()
    contact = Case.objects.get().contact
    assert contact.notify is ticked and contact.email_confirmed_at is None
    assert not Notice.objects.filter(to_user=None).exists()
    assert not [mail for mail in mailoutbox if "ho@example.invalid" in mail.to]


def test_an_import_is_seen_by_whoever_handed_it_in_and_by_nobody_else(desk, cast):
    place = hands_in(desk, as_csv(row()))["Location"]
    other = Client()
    other.force_login(cast.may)
    assert other.get(place).status_code == 404 and other.post(place).status_code == 404
    for name in ("amina", "olivia", "ada", "partner"):
        client = Client()
        client.force_login(getattr(cast, name))
        for address in (IMPORT, IMPORT + "template/", place):
            assert client.get(address).status_code == 403
        assert hands_in(client, as_csv(row())).status_code == 403


def test_of_a_case_of_another_office_reference_and_office_are_told(cast):
    client = Client()
    client.force_login(cast.shan)
    place = hands_in(client, as_csv(row()))["Location"]
    client.post(place)
    work_on_imports.func()
    page = text_of(client.get(place))
    case = Case.objects.get()
    assert case.reference in page and f"/cases/{case.reference}/" not in page and "Harbour" not in page


def test_the_empty_table_is_one_that_can_be_filled_and_handed_in(desk):
    for language in ("en", "zh-hant", "zh-hans"):
        page = desk.get(f"/{language}/cases/import/template/")
        assert page["Content-Type"].startswith("text/csv") and page.content.startswith(b"\xef\xbb\xbf")
        head = next(csv.reader(io.StringIO(page.content.decode("utf-8-sig"))))
        known = headings()
        found = [known[" ".join(fold(name).split())] for name in head]
        assert found == list(COLUMNS)
        line = [GOOD.get(code, "") for code in found]
        table = read(page.content + ",".join(line).encode())
        assert table.unread == [] and table.rows[0].cells["company"] == GOOD["company"]


def test_the_button_stands_on_the_queue_of_who_may_import(desk, cast):
    assert 'href="/en/cases/import/"' in text_of(desk.get("/en/cases/"))
    client = Client()
    client.force_login(cast.amina)
    assert 'href="/en/cases/import/"' not in text_of(client.get("/en/cases/"))


def test_the_page_of_a_table_costs_the_same_for_2_and_for_50_rows(desk, django_assert_max_num_queries):
    places = [hands_in(desk, as_csv(*(row() for _ in range(n))))["Location"] for n in (2, 50)]
    for place in places:
        desk.post(place)
    work_on_imports.func()
    for place in places:
        with django_assert_max_num_queries(9):
            assert desk.get(place).status_code == 200


@pytest.mark.parametrize("language", ["zh-hant", "zh-hans"])
def test_the_pages_stand_in_chinese(desk, language):
    place = hands_in(desk, as_csv(row(), row(email="nowhere")))["Location"]
    for address in (IMPORT, place):
        assert desk.get(address.replace("/en/", f"/{language}/")).status_code == 200


def test_what_is_wrong_is_said_in_the_language_of_the_page_and_with_the_words_that_would_do(desk, cast):
    """Whoever reads Chinese pages on an English account is told in Chinese."""
    table = as_csv(
        row(channel="carrier pigeon", received_on="2026-02-31"),
        row(division="Atlantis"),
        row(category="Whaling"),
    )
    handed = desk.post(
        "/zh-hans/cases/import/", {"file": SimpleUploadedFile("旧表.csv", table.encode(), "text/csv")}
    )
    shown = desk.get(handed["Location"]).content.decode()
    assert cast.wing.language == "en"
    assert "请填写以下之一：" in shown and "电话" in shown
    assert "无法识别此地点" in shown and "无法识别此类别" in shown
    assert "Enter a date" not in shown and "请输入实际存在的日期" in shown


def test_before_it_is_confirmed_each_row_shows_what_it_was_read_as_and_afterwards_nothing(desk):
    table = as_csv(row(text="Tea held at the port."), row(text="", company="Nobody (demo)"))
    handed = desk.post(IMPORT, {"file": SimpleUploadedFile("old.csv", table.encode(), "text/csv")})
    page = handed["Location"]
    shown = desk.get(page + "?state=good").content.decode()
    assert "Tea held at the port." in shown and "Dongguan" in shown and "2026-03-02" in shown
    desk.post(page)
    work_on_imports.call()
    assert "Tea held" not in desk.get(page + "?state=filed").content.decode()
