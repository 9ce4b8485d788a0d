"""One cleaning of everything a person types, for forms, serializers and imports alike.

Prose is kept as typed but for what nobody can see or what would break a page, a letter or a database:
it is composed (NFC, never NFKC: Ⅷ and full-width brackets stay), line ends are LF, and control, format and
private "looks like nothing" characters are removed. A zero-width joiner is kept only where it joins two
emoji; the zero-width non-joiner is always removed, as neither English nor Chinese needs it.
"""

import re
import unicodedata

#: More marks than this on one letter are noise that climbs over the neighbouring lines.
MAX_MARKS = 5

_ZWJ = "\u200d"
_EMOJI_TAILS = {"\ufe0f", *map(chr, range(0x1F3FB, 0x1F400))}  # variation selector, skin tones
#: Letters by category, blanks by looks: Hangul fillers and the empty Braille cell.
_BLANKS = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800"}
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
_GAPS = re.compile(r"[ \t\n]+")


class UnusableText(ValueError):
    """The text cannot be stored at all. ``code`` says why; the caller words it in the reader's language.

    Codes: ``surrogate``, half of a character, which no database or page can carry.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean_text(value: str, *, multiline: bool = True) -> str:
    """The text to store, ``''`` if nothing visible is left. Cleaning twice changes nothing.

    With ``multiline=False`` line ends and tabs become single spaces. Raises ``UnusableText``.
    """
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise UnusableText("surrogate")
    text = _LINE_ENDS.sub("\n", value)
    text = "".join(char for char in text if char == _ZWJ or not _unwanted(char))
    text = unicodedata.normalize("NFC", _only_joining_emoji(text))
    # Taking marks away may let the rest compose, so the form is settled once more.
    text = unicodedata.normalize("NFC", _few_marks(text))
    if not multiline:
        text = _GAPS.sub(" ", text)
    text = text.strip()
    return text if any(unicodedata.category(char)[0] not in "MZC" for char in text) else ""


def clean_line(value: str) -> str:
    """As ``clean_text`` for a field of one line, such as a name or a company."""
    return clean_text(value, multiline=False)


def _unwanted(char: str) -> bool:
    if char in "\n\t":
        return False
    category = unicodedata.category(char)
    # Cf holds zero-width characters, bidirectional controls, byte-order mark, soft hyphen and tag characters.
    return category in ("Cc", "Cf") or char in _BLANKS or (category == "Cn" and _is_noncharacter(ord(char)))


def _is_noncharacter(code: int) -> bool:
    return (code & 0xFFFE) == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _only_joining_emoji(text: str) -> str:
    if _ZWJ not in text:
        return text
    kept = []
    for i, char in enumerate(text):
        if char == _ZWJ:
            before = i - 2 if i >= 2 and text[i - 1] in _EMOJI_TAILS else i - 1
            if before < 0 or i + 1 >= len(text) or not (_is_symbol(text[before]) and _is_symbol(text[i + 1])):
                continue
        kept.append(char)
    return "".join(kept)


def _is_symbol(char: str) -> bool:
    return unicodedata.category(char) == "So"


def _few_marks(text: str) -> str:
    kept, run = [], 0
    for char in text:
        run = run + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if run <= MAX_MARKS:
            kept.append(char)
    return "".join(kept)
