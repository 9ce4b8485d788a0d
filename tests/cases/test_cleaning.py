"""What a cleaned copy holds: what the document shows, and no trace of who made it (T14, inputs 111, 114, 116)."""

import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document
from docx.shared import Mm
from pikepdf import Array, Dictionary, Name, String
from PIL import ExifTags, Image

from cases import cleaning, confined
from cases.files import keep_upload
from cases.models import Attachment
from cases.states import Cleaning, Scan, State
from tests.cast import make_case
from tests.papers import a_package, a_pdf, a_picture, a_word_document, a_workbook, part_of, with_parts

pytestmark = pytest.mark.django_db

#: Planted wherever a file can tell more than it shows.
CANARY = "HoSiuMingCanary"
PLANTED = CANARY.encode()


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def case(cast):
    return make_case(State.ASSESSING, cast)


def keep(case, data, name):
    return keep_upload(SimpleUploadedFile(name, data), case=case, from_business=True)


def bytes_of(kept):
    return Path(kept.file.path).read_bytes()


def copy_of(case, data, name="evidence.pdf"):
    original = keep(case, data, name)
    assert cleaning.make_copies() == 1
    original.refresh_from_db()
    assert original.cleaning == Cleaning.MADE
    assert bytes_of(original) == data  # the original stays as it came
    return original.cleaned


def everything_in(data):
    """All the bytes of a file, those packed inside it as well, in every spelling a reader may meet."""
    found = data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(data)) as parts:
            for info in parts.infolist():
                found += info.filename.encode() + everything_in(parts.read(info))
    if data.startswith(b"%PDF"):
        with pikepdf.open(BytesIO(data)) as paper:
            for each in paper.objects:
                found += repr(each).encode()
                if isinstance(each, pikepdf.Stream):
                    found += each.read_raw_bytes()
                    if "/FlateDecode" in repr(each.get("/Filter")):
                        found += zlib.decompress(each.read_raw_bytes())
    return found + found.replace(b"\x00", b"")


def a_telling_photo(kind="JPEG"):
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = exif[ExifTags.Base.ImageDescription] = CANARY
    exif[ExifTags.Base.Orientation] = 6
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (22.0, 16.0, 59.0)
    place[ExifTags.GPS.GPSAreaInformation] = PLANTED
    return a_picture(kind, (64, 48), exif=exif)


def a_telling_pdf():
    paper = pikepdf.open(BytesIO(a_pdf()))
    with paper.open_metadata() as facts:
        facts["dc:creator"] = [CANARY]
    paper.docinfo[Name.Author] = String(CANARY)
    paper.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{CANARY}')"))
    paper.attachments[f"{CANARY}.txt"] = PLANTED
    page = paper.pages[0].obj
    look = paper.make_stream(
        b"0 0 5 5 re f", {"/Type": Name.XObject, "/Subtype": Name.Form, "/BBox": [0, 0, 5, 5]}
    )
    look.PieceInfo = Dictionary(X=Dictionary(Private=String(CANARY)))
    mark = {"Type": Name.Annot, "Rect": [0, 0, 9, 9], "T": String(CANARY), "Contents": String(CANARY)}
    page.Annots = Array(
        [
            paper.make_indirect(Dictionary(Subtype=Name.Highlight, AP=Dictionary(N=look), **mark)),
            paper.make_indirect(Dictionary(Subtype=Name.Text, **mark)),
        ]
    )
    return paper, page


def _saved(paper):
    out = BytesIO()
    paper.save(out, compress_streams=False)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "name"), [("JPEG", "Ho.jpg"), ("PNG", "Ho.png"), ("HEIF", "Ho.heic")])
def test_t14_bad_input_114_a_photo_loses_its_place_and_its_maker_and_stands_upright(kind, name, case):
    data = a_telling_photo(kind)
    assert PLANTED in data
    copy = copy_of(case, data, name)
    cleaned = bytes_of(copy)
    assert PLANTED not in everything_in(cleaned)
    picture = Image.open(BytesIO(cleaned))
    assert not picture.getexif()
    if (
        kind != "HEIF"
    ):  # a HEIC is turned by its own boxes, and the EXIF of one says nothing (ISO/IEC 23008-12)
        assert picture.size == (48, 64)
    assert copy.content_type == ("image/png" if kind == "PNG" else "image/jpeg")


def test_t14_bad_input_111_114_a_pdf_loses_author_scripts_files_and_notes_and_keeps_what_is_drawn(case):
    paper, page = a_telling_pdf()
    picture = paper.make_stream(a_telling_photo())
    picture.Type, picture.Subtype, picture.Filter = Name.XObject, Name.Image, Name.DCTDecode
    picture.Width, picture.Height, picture.BitsPerComponent, picture.ColorSpace = 64, 48, 8, Name.DeviceRGB
    page.Resources = Dictionary(XObject=Dictionary(Photo=picture))
    page.Contents = paper.make_stream(b"q 64 0 0 48 0 0 cm /Photo Do Q")
    data = _saved(paper)
    assert everything_in(data).count(PLANTED) > 6
    cleaned = bytes_of(copy_of(case, data))
    assert PLANTED not in everything_in(cleaned)
    with pikepdf.open(BytesIO(cleaned)) as copy:
        assert set(copy.Root.keys()) <= {"/Type", "/Pages", "/Version"}
        assert [str(mark.Subtype) for mark in copy.pages[0].Annots] == ["/Stamp"]
        photo = Image.open(BytesIO(copy.pages[0].Resources.XObject.Photo.read_raw_bytes()))
        assert photo.size == (64, 48) and photo.load()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def a_telling_word_document():
    paper, out = Document(), BytesIO()
    paper.core_properties.author = paper.core_properties.last_modified_by = CANARY
    paper.add_paragraph("The goods were held at Huanggang.")
    paper.add_comment(paper.paragraphs[0].runs, CANARY, author=CANARY, initials="HSM")
    paper.add_picture(BytesIO(a_telling_photo()), width=Mm(20))
    paper.save(out)
    word = out.getvalue()
    changes = (
        f'<w:p><w:del w:id="0" w:author="{CANARY}"><w:r><w:delText>{CANARY}</w:delText></w:r></w:del>'
        f'<w:ins w:id="1" w:author="{CANARY}"><w:r><w:t>Three weeks later.</w:t></w:r></w:ins>'
        f"<w:r><w:rPr><w:vanish/></w:rPr><w:t>{CANARY}</w:t></w:r>"
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DDEAUTO {CANARY}</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>Box 7</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )
    body = part_of(word, "word/document.xml").decode()
    body = body.replace("<w:sectPr", changes + "<w:sectPr", 1).replace(
        'descr=""', f'descr="C:\\{CANARY}.jpg"'
    )
    settings = "word/_rels/settings.xml.rels"
    link = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
        f'Target="https://{CANARY}.test/t.dotx" TargetMode="External"/></Relationships>'
    )
    return with_parts(
        word, {"word/document.xml": body, settings: link, "customXml/item9.xml": f"<x>{CANARY}</x>"}
    )


def test_t14_bad_input_114_116_a_word_document_loses_author_comments_changes_fields_and_its_template(case):
    data = a_telling_word_document()
    assert everything_in(data).count(PLANTED) > 8
    copy = copy_of(case, data, "Ho.docx")
    assert PLANTED not in everything_in(bytes_of(copy)) and copy.inside == []
    words = Document(BytesIO(bytes_of(copy)))
    text = "\n".join(paragraph.text for paragraph in words.paragraphs)
    assert "held at Huanggang" in text and "Three weeks later." in text and "Box 7" in text
    assert len(words.inline_shapes) == 1


def test_t14_bad_input_114_a_workbook_loses_hidden_sheets_rows_columns_comments_and_formulas(case):
    def cell(at, number, more=""):
        return f'<c r="{at}" t="s">{more}<v>{number}</v></c>'

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    shown = (
        f'<row r="1">{cell("A1", 0)}{cell("B1", 1)}</row><row r="2" hidden="1">{cell("A2", 2)}</row>'
        f'<row r="3"><c r="A3"><f>[{CANARY}.xlsx]S!A1</f><v>42</v></c></row>'
    )
    book = a_workbook({"Goods": shown, f"!{CANARY}": f'<row r="1">{cell("A1", 3)}</row>'})
    strings = "".join(f"<si><t>{t}</t></si>" for t in ("Lanterns", f"{CANARY}1", f"{CANARY}2", f"{CANARY}3"))
    rels = part_of(book, "xl/_rels/workbook.xml.rels").decode()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    sheet = part_of(book, "xl/worksheets/sheet1.xml").decode()
    data = with_parts(
        book,
        {
            "xl/sharedStrings.xml": f'<sst xmlns="{main}">{strings}</sst>',
            "xl/_rels/workbook.xml.rels": rels.replace(
                "</Relationships>",
                f'<Relationship Id="rId9" Type="{kind}" Target="sharedStrings.xml"/></Relationships>',
            ),
            "xl/worksheets/sheet1.xml": sheet.replace(
                "<sheetData>", '<cols><col min="2" max="2" hidden="1"/></cols><sheetData>'
            ),
            "xl/comments1.xml": f'<comments xmlns="{main}">{CANARY}</comments>',
            "docProps/core.xml": f"<x>{CANARY}</x>",
        },
    )
    assert everything_in(data).count(PLANTED) > 6
    cleaned = bytes_of(copy_of(case, data, "Ho.xlsx"))
    assert PLANTED not in everything_in(cleaned)
    assert b"Lanterns" in everything_in(cleaned)
    left = part_of(cleaned, "xl/worksheets/sheet1.xml")
    assert b"<v>42</v>" in left and b"hidden" not in left
    assert "xl/worksheets/sheet2.xml" not in zipfile.ZipFile(BytesIO(cleaned)).namelist()


@pytest.mark.parametrize(("data", "name"), [("貨物被扣".encode("big5"), "a.txt"), (b"a,b\n1,2\n", "a.csv")])
def test_bad_input_117_plain_text_is_copied_as_it_is(data, name, case):
    assert bytes_of(copy_of(case, data, name)) == data


def test_t35_a_copy_has_a_name_that_tells_only_its_case_and_its_place(case):
    keep(case, b"one", "Harbour Lantern 1.txt")
    keep(case, a_picture("HEIF"), "Harbour Lantern 2.heic")
    assert cleaning.make_copies() == 2
    copies = Attachment.objects.exclude(original=None).order_by("pk")
    assert [copy.name for copy in copies] == [f"{case.reference}_doc1.txt", f"{case.reference}_doc2.jpg"]
    assert not any(copy.from_business for copy in copies)


def test_bad_input_116_what_cannot_be_made_bare_gets_no_copy_and_is_not_tried_again(case):
    strange = a_package({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"})
    original = keep(case, strange, "a.docx")
    assert cleaning.make_copies() == 1 and cleaning.make_copies() == 0
    original.refresh_from_db()
    assert original.cleaning == Cleaning.CANNOT
    assert not Attachment.objects.exclude(original=None).exists()


def test_a_copy_that_still_tells_something_is_thrown_away(case, monkeypatch):
    monkeypatch.setattr(confined, "clean", lambda data, kind: data)
    original = keep(case, a_telling_photo(), "a.jpg")
    cleaning.make_copies()
    original.refresh_from_db()
    assert original.cleaning == Cleaning.CANNOT


def test_p9_no_copy_is_made_of_what_may_not_leave_nor_of_a_draft(case, settings):
    settings.CLAMD_URL = "unix:///nowhere"
    infected = keep(case, b"x", "a.txt")
    keep_upload(SimpleUploadedFile("b.txt", b"y"), held_for="draft-1", from_business=True)
    assert cleaning.make_copies() == 0
    Attachment.objects.filter(pk=infected.pk).update(scan=Scan.CLEAN)
    assert cleaning.make_copies() == 1
    assert infected.cleaned.scan == Scan.WAITING  # the copy is asked about as well


@pytest.mark.both
def test_f05_a_worker_killed_before_a_copy_is_recorded_leaves_it_to_the_next_and_two_make_one(
    case, monkeypatch
):
    original = keep(case, a_word_document(), "a.docx")

    def killed(_point):
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(cleaning, "failpoint", killed)
        with pytest.raises(SystemExit):
            cleaning.make_copies()
    assert not Attachment.objects.exclude(original=None).exists()

    def another_worker(_point):
        monkeypatch.undo()
        cleaning.make_copies()

    monkeypatch.setattr(cleaning, "failpoint", another_worker)
    cleaning.clean_files.call()
    assert Attachment.objects.filter(original=original).count() == 1
