"""Files that people give us: what is taken, how it is kept, and how it leaves again."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from cases import files
from cases.downloads import download
from cases.files import held, keep_upload, remove_held
from cases.models import Attachment
from cases.refusals import InputRefused
from tests.cast import file_case
from tests.papers import a_package, a_pdf, a_picture, a_word_document

pytestmark = pytest.mark.django_db

PDF, PNG, JPG, HEIC = a_pdf(), a_picture("PNG"), a_picture(), a_picture("HEIF")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def office(main, *more, types=""):
    return a_package(
        {"[Content_Types].xml": f"<Types>{types}</Types>"} | dict.fromkeys((main, *more), "<x/>")
    )


DOCX, XLSX = office("word/document.xml"), office("xl/workbook.xml")


def keep(data=PDF, name="letter.pdf", **where):
    where = where or {"held_for": "draft-1"}
    return keep_upload(SimpleUploadedFile(name, data), **{"from_business": True} | where)


def refusal(data, name="letter.pdf", **where):
    with pytest.raises(InputRefused) as refused:
        keep(data, name, **where)
    return str(refused.value.errors["files"][0])


# --- what is taken --------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "name", "content_type"),
    [
        (PDF, "a.pdf", "application/pdf"),
        (JPG, "a.JPG", "image/jpeg"),
        (JPG, "a.jpeg", "image/jpeg"),
        (PNG, "a.png", "image/png"),
        (HEIC, "IMG_0001.HEIC", "image/heic"),
        (DOCX, "a.docx", files.DOCX.content_type),
        (XLSX, "a.xlsx", files.XLSX.content_type),
        ("貨物被扣".encode(), "a.txt", "text/plain"),
        ("货物被扣".encode("gb18030"), "a.txt", "text/plain"),
        ("貨物被扣".encode("big5"), "a.txt", "text/plain"),
        ("貨物".encode("utf-16"), "a.txt", "text/plain"),
        ("編號,數量\n1,2\n".encode("utf-8-sig"), "a.csv", "text/csv"),
    ],
)
def test_each_type_we_take_is_known_by_its_content(data, name, content_type):
    kept = keep(data, name)
    assert (kept.content_type, kept.name, kept.size) == (content_type, name, len(data))


def test_a_real_word_document_is_taken():
    assert keep(a_word_document(), "a.docx").content_type == files.DOCX.content_type


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00", "invoice.pdf"),
        (b"GIF89a" + b"\x00" * 20, "a.gif"),
        (b"GIF89a" + DOCX, "a.docx"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg"),
        (b"<!doctype html><script>alert(1)</script>", "a.html"),
        (b"PK\x03\x04 not a zip at all", "a.docx"),
        (office("ppt/presentation.xml"), "a.pptx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "a.doc"),
        (b"a\x00b", "a.txt"),
        (b"\xff\xfe\x00", "a.txt"),
        (b"\x81", "a.csv"),
        (b"plain words", "a"),
    ],
)
def test_anything_else_is_refused_whatever_it_is_called(data, name, folder):
    assert refusal(data, name) == ("The selected file must be a PDF, JPG, PNG, HEIC, DOCX, XLSX, TXT or CSV")
    assert not Attachment.objects.exists() and not list(folder.rglob("*"))


@pytest.mark.parametrize(
    "data",
    [
        office("word/document.xml", "word/vbaProject.bin"),
        office("xl/workbook.xml", "xl/VBAPROJECT.BIN"),
        office("xl/workbook.xml", "xl/macrosheets/sheet1.xml"),
        office("word/document.xml", types="application/vnd.ms-word.document.macroEnabled.main+xml"),
    ],
)
def test_t28_macros_are_refused_in_files_that_call_themselves_harmless(data):
    assert "macros" in refusal(data, "a.docx")


def test_a_locked_office_file_is_named_as_such():
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512 + "EncryptedPackage".encode("utf-16-le")
    assert refusal(locked, "a.xlsx") == "The selected file is password protected"


def test_an_empty_file_is_named_as_such():
    assert refusal(b"") == "The selected file is empty"


def test_ten_megabytes_are_taken_and_one_byte_more_is_not():
    assert keep(PDF.ljust(files.MAX_SIZE)).size == files.MAX_SIZE
    assert refusal(PDF.ljust(files.MAX_SIZE + 1)) == "The selected file must be smaller than 10MB"


def test_an_eleventh_file_of_one_draft_is_refused_but_not_of_another():
    for turn in range(10):
        keep(PDF.ljust(len(PDF) + turn))
    assert refusal(PDF) == "You can only add up to 10 files"
    keep(held_for="draft-2")


def test_fifty_megabytes_are_the_most_for_one_draft(monkeypatch):
    keep()
    monkeypatch.setattr(files, "MAX_TOTAL", 2 * len(PDF) - 1)
    assert refusal(PDF) == "Your files must be smaller than 50MB altogether"


# --- how it is kept ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("合同（終稿）.pdf", "合同（終稿）.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\Ho\\contract.pdf", "contract.pdf"),
        ("evil.html", "evil.html.pdf"),
        ("cod\u202efdp.exe.pdf", "codfdp.exe.pdf"),
        ("a\nb\tc.pdf", "a b c.pdf"),
        (".pdf", "file.pdf"),
        ("\u200b.pdf", "file.pdf"),
        ("null", "null.pdf"),
        ("SCAN.PDF", "SCAN.PDF"),
        ("<script>alert(1)</script>.pdf", "script>.pdf"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
    ],
)
def test_t35_t36_the_name_shown_is_the_persons_own_without_what_could_mislead(given, shown):
    upload = SimpleUploadedFile("x.pdf", PDF)
    upload._name = given  # as a client that does not clean names would send it
    assert keep_upload(upload, held_for="d", from_business=True).name == shown


def test_a_file_stands_under_a_random_key_that_tells_nothing(folder):
    kept = keep(name="Harbour Lantern.pdf")
    stored = folder / kept.file.name
    assert stored.read_bytes() == PDF
    assert "Harbour" not in str(stored.relative_to(folder)) and "pdf" not in stored.name
    assert kept.sha256 and kept.uuid.hex not in kept.file.name


def test_a_file_that_cannot_be_recorded_leaves_no_bytes_behind(folder):
    with pytest.raises(Exception, match="a_file_belongs"):
        keep_upload(SimpleUploadedFile("a.pdf", PDF), from_business=True)
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_f12_a_disk_that_is_full_asks_the_person_to_try_again(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.default_storage, "save", full)
    assert refusal(PDF) == "The selected file could not be uploaded – try again"
    assert not Attachment.objects.exists()


def test_a_draft_gives_a_file_back_and_only_its_own(folder, django_capture_on_commit_callbacks):
    mine, other = keep(), keep(held_for="draft-2")
    assert not remove_held("draft-1", other.uuid) and not remove_held("", mine.uuid)
    assert not remove_held("draft-1", "no uuid")
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_held("draft-1", str(mine.uuid))
    assert held("draft-1") == [] and held("draft-2") == [other]
    assert not (folder / mine.file.name).exists() and (folder / other.file.name).exists()


def test_a_file_of_a_case_is_not_taken_back():
    case = file_case()
    kept = keep(case=case)
    assert not remove_held("", kept.uuid) and Attachment.objects.filter(pk=kept.pk).exists()


# --- how it leaves ------------------------------------------------------------------------------------
@pytest.mark.parametrize("asked", ["/?inline=1", "/"])
def test_t16_a_file_leaves_only_as_a_download_that_runs_nothing(asked):
    kept = keep(b"<script>alert(1)</script>", "合同（終稿）.txt")
    response = download(kept, RequestFactory().get(asked, HTTP_ACCEPT="text/html"))
    assert b"".join(response.streaming_content) == b"<script>alert(1)</script>"
    response.close()
    assert response["Content-Disposition"] == (
        'attachment; filename="document.txt"; '
        "filename*=UTF-8''%E5%90%88%E5%90%8C%EF%BC%88%E7%B5%82%E7%A8%BF%EF%BC%89.txt"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Length"] == "25"


def test_a_name_cannot_break_out_of_the_header():
    kept = keep(name='a"; filename="evil.html.pdf')
    response = download(kept, RequestFactory().get("/"))
    response.close()
    assert response["Content-Disposition"].count('"') == 2


def test_a_file_missing_from_the_disk_is_a_page_that_says_so(folder, client):
    kept = keep()
    (folder / kept.file.name).unlink()
    request = RequestFactory().get("/en/")
    request.user, request.session = None, {}
    response = download(kept, request)
    assert response.status_code == 404
    assert "This file is unavailable" in response.content.decode()
