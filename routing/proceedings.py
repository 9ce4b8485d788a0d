"""Whether a text says that the matter is before a court or in arbitration now."""

import re

from text.fold import fold

_CHINESE = re.compile(
    r"(?:法院|法庭|仲裁委|仲裁庭)[^。；\n]{0,12}(?:立案|受理|审理|开庭|判决|裁定|排期|诉讼|起诉)"
    r"|(?:已|正在|已经|正|被)(?:提起|进行|在)?(?:诉讼|起诉|上诉|仲裁中|打官司)|诉讼中|仲裁中|打紧官司|入禀"
    r"|(?:一审|二审|再审)(?:判决|审理|开庭|中)"
)
_BODY = r"\b(?:court|tribunal|arbitration)\b"
_ENGLISH = re.compile(
    r"\b(?:pending|heard|filed|hearing|now|currently|case is|already)\b[^.;\n]{0,40}"
    + _BODY
    + "|"
    + _BODY
    # what the court does with it
    + r"[^.;\n]{0,30}\b(?:pending|hearing|judgment|ruled|ruling|accepted the case)\b"
    r"|\b(?:before the (?:[a-z']+ ){0,4}court|we (?:have )?sued|have been sued|filed a (?:law)?suit"
    r"|in litigation|lawsuit)\b"
)


def in_proceedings(text: str) -> bool:
    """A hint for the question of the form, never its answer."""
    folded = fold(text)
    return bool(_CHINESE.search(folded) or _ENGLISH.search(folded))
