"""Files read to their end by a process of its own: what is refused, and that nothing comes to harm (T28, T34, T35)."""

import socket
import struct
import subprocess
import sys
import zlib

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from cases import confined, files
from cases.files import keep_upload
from cases.models import Attachment
from cases.refusals import InputRefused
from tests.papers import a_package, a_pdf, a_picture, a_word_document, a_workbook, part_of, with_parts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def keep(data, name="evidence.pdf", **where):
    where = where or {"held_for": "draft-1"}
    return keep_upload(SimpleUploadedFile(name, data), from_business=True, **where)


def refusal(data, name="evidence.pdf"):
    with pytest.raises(InputRefused) as refused:
        keep(data, name)
    assert not Attachment.objects.exists()
    return str(refused.value.errors["files"][0])


def a_wide_png(width, height):
    """Few bytes that claim very many pixels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = zlib.compress(b"\x00" * 1000)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# --- 106: what it says it is --------------------------------------------------------------------------
def test_bad_input_106_a_picture_under_another_ending_gets_its_own():
    kept = keep(a_picture("PNG"), "photo.jpg")
    assert (kept.content_type, kept.name) == ("image/png", "photo.jpg.png")


@pytest.mark.parametrize("data", [b"<html></html>", b"MZ\x90\x00", a_package({"a.txt": "x"})])
def test_bad_input_106_what_only_calls_itself_a_pdf_is_refused(data):
    assert refusal(data) == str(files.WRONG_TYPE)


# --- 110, 111: PDF ------------------------------------------------------------------------------------
def test_bad_input_110_a_pdf_that_asks_for_a_password_is_named_as_such():
    assert refusal(a_pdf(user="secret", owner="o")) == "The selected file is password protected"


def test_bad_input_110_a_pdf_that_opens_without_a_password_is_taken_whatever_its_owner_restricted():
    assert keep(a_pdf(user="", owner="o")).size


@pytest.mark.parametrize("cut", [1, 40, 300])
def test_bad_input_111_a_pdf_cut_off_could_not_be_read(cut):
    assert refusal(a_pdf(3).rstrip()[:-cut]) == "The selected file could not be read. It may be damaged"


def test_bad_input_111_five_hundred_pages_are_taken_and_one_more_is_not():
    assert keep(a_pdf(500)).size
    Attachment.objects.all().delete()
    assert "no more than 500 pages" in refusal(a_pdf(501))


def test_bad_input_111_a_pdf_nested_past_all_sense_is_refused_and_harms_nobody():
    deep = b"%PDF-1.4\n1 0 obj\n" + b"[" * 200_000 + b"\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
    assert refusal(deep) == str(files.UNREADABLE)


# --- 112: bombs -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "parts",
    [
        {"word/media/image1.png": b"\x00" * 12_000_000},
        {f"word/media/{number}.png": b"x" for number in range(1001)},
        {"word/huge.xml": b"<x>" + b" " * 101 * 1024 * 1024 + b"</x>"},
    ],
    ids=["ratio", "entries", "total"],
)
def test_t34_bad_input_112_a_package_that_unpacks_to_far_too_much_is_refused(parts):
    assert refusal(with_parts(a_word_document(), parts), "a.docx") == str(files.TOO_BIG_INSIDE)


def test_t34_bad_input_112_a_package_whose_list_claims_less_than_it_unpacks_to_is_refused():
    honest = with_parts(a_word_document(), {"word/media/image1.png": b"\x00" * 900_000})
    at = honest.rindex(b"PK\x01\x02")
    assert struct.unpack_from("<I", honest, at + 24) == (900_000,)
    lying = honest[: at + 24] + struct.pack("<I", 10) + honest[at + 28 :]
    assert refusal(lying, "a.docx") == str(files.UNREADABLE)


def test_t34_bad_input_112_a_package_with_a_list_without_end_is_not_even_listed():
    many = a_package({"word/document.xml": "<x/>"}) + b"PK\x01\x02" * 6000
    assert refusal(many, "a.docx") == str(files.TOO_BIG_INSIDE)


def test_t34_bad_input_112_a_billion_laughs_are_refused():
    laughs = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><w:document>&b;</w:document>'
    bomb = with_parts(a_word_document(), {"word/document.xml": laughs})
    assert "could do harm" in refusal(bomb, "a.docx")


def test_t34_bad_input_112_a_stream_that_swells_past_the_memory_of_its_reader_ends_the_reader_alone():
    swollen = zlib.compress(b"\x00" * 700_000_000, 1)
    listing = (
        b"5 0 obj\n<< /Type /XRef /W [1 2 1] /Size 6 /Root 1 0 R /Filter /FlateDecode /Length %d >>\nstream\n"
    )
    body = b"%PDF-1.5\n" + listing % len(swollen) + swollen + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"
    assert refusal(body) == str(files.UNREADABLE)


# --- 113: pictures -----------------------------------------------------------------------------------------
def test_t34_bad_input_113_a_picture_of_400_million_pixels_is_refused_before_one_is_drawn():
    assert "no more than 40 million pixels" in refusal(a_wide_png(20_000, 20_000), "a.png")


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "BMP", "AVIF"])
def test_bad_input_113_other_kinds_of_pictures_are_not_taken(kind):
    assert refusal(a_picture(kind), "a.png") == str(files.WRONG_TYPE)


def test_bad_input_113_a_picture_that_moves_is_not_taken():
    from PIL import Image

    moving = a_picture("PNG", save_all=True, append_images=[Image.new("RGB", (8, 6))])
    assert "must not be animated" in refusal(moving, "a.png")


def test_bad_input_113_a_photo_of_a_phone_in_heic_is_taken_as_given():
    kept = keep(a_picture("HEIF"), "IMG_0001.HEIC")
    assert kept.content_type == "image/heic"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
def test_bad_input_113_a_picture_cut_off_could_not_be_read(kind):
    whole = a_picture(kind, (64, 64))
    assert refusal(whole[: len(whole) * 2 // 3], "a.jpg") == str(files.UNREADABLE)


# --- 115: two files in one -----------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
@pytest.mark.parametrize("second", [b"<?php system($_GET['c']); ?>", a_package({"Evil.class": b"\xca\xfe"})])
def test_t35_bad_input_115_a_picture_with_another_file_behind_it_is_refused(kind, second):
    assert "other data besides the document" in refusal(a_picture(kind) + second, "a.jpg")


def test_t35_bad_input_115_a_photo_with_further_photos_behind_it_is_taken():
    assert keep(a_picture() + a_picture(), "a.jpg").content_type == "image/jpeg"


def test_t35_bad_input_115_a_gif_that_is_also_a_program_is_refused():
    assert refusal(a_picture("GIF") + a_package({"Evil.class": "x"}), "a.jpg") == str(files.WRONG_TYPE)


def test_t35_bad_input_115_a_page_of_the_web_before_or_behind_a_pdf_is_refused():
    page = b"<html><script>alert(1)</script></html>"
    assert refusal(page + a_pdf()) == str(files.WRONG_TYPE)
    assert "other data besides the document" in refusal(a_pdf() + page)


def test_t35_bad_input_115_a_word_document_behind_another_file_is_refused():
    assert refusal(b"%PDF-1.4\n" + a_word_document(), "a.docx") == str(files.UNREADABLE)
    assert refusal(b"PK\x03\x04" + a_word_document(), "a.docx") == (
        "The selected file contains other data besides the document. Save it as a new file and add that"
    )


# --- 114, 116: what is taken and known ------------------------------------------------------------------------
def test_bad_input_114_what_a_photo_tells_of_its_place_and_maker_is_noticed():
    from PIL import ExifTags, Image

    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ho Siu Ming"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[1] = "N"
    assert keep(a_picture(exif=exif), "a.jpg").inside == ["author", "place"]


RELS = "word/_rels/document.xml.rels"


def test_bad_input_116_a_template_from_outside_is_noticed_and_the_document_taken():
    word = a_word_document()
    link = b'<Relationship Id="rX" Type="http://x/attachedTemplate" Target="http://x.test/" TargetMode="External"/>'
    rels = part_of(word, RELS).replace(b"</Relationships>", link + b"</Relationships>")
    assert "external" in keep(with_parts(word, {RELS: rels}), "a.docx").inside


@pytest.mark.parametrize(
    "field",
    [
        b'<w:fldSimple w:instr=" DDEAUTO c:\\\\cmd.exe "/>',
        b"<w:r><w:instrText>DD</w:instrText><w:instrText>DDE x</w:instrText></w:r>",
    ],
)
def test_bad_input_116_a_field_that_starts_programs_is_noticed(field):
    word = a_word_document()
    body = part_of(word, "word/document.xml").replace(b"<w:sectPr", b"<w:p>" + field + b"</w:p><w:sectPr", 1)
    assert "active" in keep(with_parts(word, {"word/document.xml": body}), "a.docx").inside


def test_bad_input_116_a_hidden_sheet_is_noticed():
    row = '<row r="1"><c r="A1"><v>1</v></c></row>'
    assert keep(a_workbook({"Goods": row, "!Secret": row}), "a.xlsx").inside == ["hidden"]


# --- 118: once -----------------------------------------------------------------------------------------------
def test_bad_input_118_the_same_file_is_taken_once_in_a_draft_and_again_in_another():
    keep(a_pdf())
    with pytest.raises(InputRefused) as refused:
        keep(a_pdf(), "other name.pdf")
    assert str(refused.value.errors["files"][0]) == "You have already added this file"
    assert keep(a_pdf(), held_for="draft-2").size
    assert Attachment.objects.count() == 2


def test_bad_input_118_the_same_file_twice_in_one_moment_is_kept_once(monkeypatch, folder):
    """Both looked before either was there: the database decides."""
    inspect = confined.inspect

    def meanwhile(data, kind):
        monkeypatch.setattr(confined, "inspect", inspect)
        keep(data, "first.pdf")
        return inspect(data, kind)

    monkeypatch.setattr(confined, "inspect", meanwhile)
    with pytest.raises(InputRefused, match="invalid"):
        keep(a_pdf(), "second.pdf")
    assert [kept.name for kept in Attachment.objects.all()] == ["first.pdf"]
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1


# --- the reader ------------------------------------------------------------------------------------------------
def test_no_reader_to_be_had_asks_the_person_to_try_again(monkeypatch):
    monkeypatch.setattr(confined, "SECONDS", 0.01)
    for _both in range(2):
        confined.AT_ONCE.acquire()
    try:
        assert refusal(a_pdf()) == "The selected file could not be uploaded – try again"
    finally:
        confined.AT_ONCE.release(2)


def test_a_reader_that_takes_too_long_is_ended_and_the_file_refused(monkeypatch):
    monkeypatch.setattr(confined, "SECONDS", 0.01)
    assert refusal(a_pdf(400)) == str(files.UNREADABLE)
    assert confined.AT_ONCE.acquire(timeout=0)
    confined.AT_ONCE.release()


def test_the_reader_is_given_no_secret_and_may_write_nothing(monkeypatch, tmp_path):
    given = {}
    run = subprocess.run

    def seen(*args, **how):
        given.update(how["env"])
        return run(*args, **how)

    monkeypatch.setattr(confined.subprocess, "run", seen)
    keep(a_pdf())
    assert set(given) == {"MALLOC_ARENA_MAX", "LANG"}
    attempt = f"from cases.inspecting.__main__ import confine; confine(); open({str(tmp_path / 'x')!r}, 'w').write('x')"
    done = run([sys.executable, "-c", attempt], cwd=settings.BASE_DIR, capture_output=True, check=False)
    assert not (tmp_path / "x").read_bytes(), done.stderr


@pytest.mark.parametrize("root", [True, False], ids=["as-it-runs", "without-root"])
def test_t28_the_reader_reaches_no_network_where_the_kernel_lets_it_leave(root):
    """The server that it tries to reach listens: without the network gone the line would stand."""
    attempt = """
import ctypes, encodings.idna, os, socket, sys  # before it may no longer read where Python is
from cases.inspecting.__main__ import confine, leave_the_network
if sys.argv[2] == "False" and os.getuid() == 0:
    os.setuid(65534)
left = leave_the_network()
confine()
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5)
    print(left, "reached")
except OSError:
    print(left, "nothing")
"""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", attempt, port, str(root)],
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    # Where the kernel refuses the file is read all the same, by a process with the other limits.
    assert done.stdout.strip() in ("True nothing", "False reached")
