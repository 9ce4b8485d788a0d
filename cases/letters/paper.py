"""The letter as a Word document, in the measures customary for official letters on the Mainland."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from cases.models import Letter, LetterVersion, Referral
from cases.refusals import Unseen
from text.dates import long_date

#: Size 3 of Chinese type for the body and size 2 for headings (GB/T 9704-2012, which letters there follow).
_BODY, _HEADING = Pt(16), Pt(22)
_BODY_FONT, _HEADING_FONT, _LATIN_FONT = "仿宋", "宋体", "Times New Roman"
#: Characters that no XML document, and so no Word document, can hold.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DRAFT = "草稿 DRAFT：未经核准，不得发出"


def fits_paper(text: str) -> bool:
    """Whether a Word document can hold every character of the text."""
    return _NOT_XML.search(text) is None


def document(referral: Referral) -> bytes:
    """The letter as a .docx: the bytes that were sent, or the last version marked DRAFT on every page.

    Raises ``Unseen`` if there is no letter, as for a referral that the authority itself passed on, or once it was
    erased.
    """
    letter = Letter.objects.filter(referral=referral).first()
    if letter is not None:
        if not letter.document:
            raise Unseen
        return bytes(letter.document)
    version = referral.last_version
    if version is None or not version.body:
        raise Unseen
    number = f"{referral.office.informal_zh_hans}函〔　　〕　号"
    return _render(referral, version, [number], "年　　月　　日", draft=True)


def official_number(letter: Letter) -> str:
    """The number as letters there cite it, such as 粤办函〔2026〕7号."""
    office = letter.office
    return f"{office.informal_zh_hans or office.short_zh_hans}函〔{letter.year}〕{letter.number}号"


def sent_document(letter: Letter, sent_on: date) -> bytes:
    """The final form of a letter whose number has been taken."""
    numbers = [official_number(letter), f"档号：{letter.text_number}"]
    return _render(letter.referral, letter.version, numbers, long_date(sent_on, "zh-hans"), draft=False)


def reminder_document(referral: Referral, subject: str, body: str, numbers: list[str], on: date) -> bytes:
    """A reminder in the form of the letter it reminds of."""
    return _paper(referral, subject, body, numbers, long_date(on, "zh-hans"))


def _render(
    referral: Referral, version: LetterVersion, numbers: list[str], day: str, *, draft: bool
) -> bytes:
    annexes = version.annexes.count()
    return _paper(referral, version.subject, version.body, numbers, day, annexes=annexes, draft=draft)


def _paper(
    referral: Referral,
    subject: str,
    body: str,
    numbers: list[str],
    day: str,
    *,
    annexes: int = 0,
    draft: bool = False,
) -> bytes:
    paper = Document()
    _set_up(paper, author=referral.office.name_zh_hans, title=subject)
    if draft:
        paper.sections[0].header.paragraphs[0].text = _DRAFT
    _line(paper, referral.office.name_zh_hans, heading=True)
    for number in numbers:
        _line(paper, number, align=WD_ALIGN_PARAGRAPH.RIGHT)
    _line(paper, subject, heading=True)
    _line(paper, f"{referral.authority.name_zh_hans}：")
    for text in body.split("\n"):
        _line(paper, text, indent=True)
    if annexes:
        # Never by their names: a file name may tell who made it.
        _line(paper, f"附件：{annexes}份", indent=True)
    _line(paper, "")
    _line(paper, referral.office.name_zh_hans, align=WD_ALIGN_PARAGRAPH.RIGHT)
    _line(paper, "（印章）", align=WD_ALIGN_PARAGRAPH.RIGHT)
    _line(paper, day, align=WD_ALIGN_PARAGRAPH.RIGHT)
    out = BytesIO()
    paper.save(out)
    return out.getvalue()


def _set_up(paper: Any, *, author: str, title: str) -> None:
    page = paper.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin = Mm(37), Mm(35)
    page.left_margin, page.right_margin = Mm(28), Mm(26)
    style = paper.styles["Normal"]
    style.font.name, style.font.size = _LATIN_FONT, _BODY
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    # Without an East Asian font of its own Word picks one, and often one of another region.
    fonts.set(qn("w:eastAsia"), _BODY_FONT)
    style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    style.paragraph_format.line_spacing = Pt(28)
    facts = paper.core_properties
    facts.author, facts.title, facts.comments, facts.language = author, _plain(title)[:255], "", "zh-CN"


def _line(paper: Any, text: str, *, heading: bool = False, indent: bool = False, align: Any = None) -> None:
    paragraph = paper.add_paragraph()
    run = paragraph.add_run(_plain(text))
    if heading:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.line_spacing = Pt(36)
        run.font.size, run.font.bold = _HEADING, True
        run.font.name = _LATIN_FONT
        run._element.rPr.rFonts.set(qn("w:eastAsia"), _HEADING_FONT)
    if indent:
        paragraph.paragraph_format.first_line_indent = _BODY * 2
    if align is not None:
        paragraph.alignment = align


def _plain(text: str) -> str:
    """Names of reference data are not checked when typed: what a document cannot hold is left out."""
    return _NOT_XML.sub("", text)
