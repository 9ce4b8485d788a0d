"""Pictures: decoded whole, of a bearable size, with nothing behind their end."""

from __future__ import annotations

import re
import struct
from io import BytesIO

from PIL import ExifTags, Image, ImageOps

from cases.inspecting.verdict import Refused

#: 40 megapixels, four bytes each, are what the memory of this process bears twice.
MAX_PIXELS = 40_000_000
#: What Pillow may take each kind for; MPO is a JPEG followed by further JPEGs.
_FORMATS = {"jpg": ["JPEG", "MPO"], "png": ["PNG"], "heic": ["HEIF"]}
#: In compressed data FF is followed by 00, by a restart mark, or by another FF; anything else ends the scan.
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ALONE = {0x01, *range(0xD0, 0xD8)}

#: Drawn anew a photo may become longer than it came; then it is drawn more coarsely.
_QUALITIES = (90, 75, 60)
_LONG = 10 * 1024 * 1024

Image.MAX_IMAGE_PIXELS = None  # the limit is ours, asked before a pixel is decoded


def facts(data: bytes, kind: str) -> set[str]:
    """What the picture holds beside itself. Raises ``Refused``."""
    image = opened(data, kind)
    if kind != "heic" and getattr(image, "is_animated", False) and image.format != "MPO":
        raise Refused("moving")
    _ends(data, kind)
    try:
        image.load()
    except (OSError, ValueError, SyntaxError, struct.error, MemoryError) as broken:
        raise Refused("unreadable") from broken
    exif = image.getexif()
    found = set()
    if exif.get_ifd(ExifTags.IFD.GPSInfo):
        found.add("place")
    if any(exif.get(tag) for tag in (ExifTags.Base.Artist, ExifTags.Base.Copyright, ExifTags.Base.XPAuthor)):
        found.add("author")
    return found


def opened(data: bytes, kind: str) -> Image.Image:
    """The picture with its size known to be bearable and nothing decoded yet."""
    if kind == "heic":
        import pillow_heif

        # Each decoding thread would claim addresses of its own.
        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener(thumbnails=False)
    try:
        image = Image.open(BytesIO(data), formats=_FORMATS[kind])
    except (OSError, ValueError, SyntaxError, struct.error, MemoryError) as broken:
        raise Refused("unreadable") from broken
    if image.width * image.height > MAX_PIXELS:
        raise Refused("pixels")
    return image


def _ends(data: bytes, kind: str) -> None:
    """Raise ``Refused`` unless the picture ends where the file does: what follows could be another file."""
    try:
        end = {"jpg": end_of_jpegs, "png": _end_of_png, "heic": _end_of_boxes}[kind](data)
    except (IndexError, struct.error) as cut_off:
        raise Refused("unreadable") from cut_off
    if data[end:].strip(b"\x00 \t\r\n"):
        raise Refused("trailing")


def end_of_jpegs(data: bytes) -> int:
    """Where the last of one or several JPEGs ends. Cameras put further pictures behind the first (CIPA DC-007)."""
    end = end_of_jpeg(data, 0)
    while True:
        following = end
        while data[following : following + 1] == b"\x00":
            following += 1
        if data[following : following + 3] != b"\xff\xd8\xff":
            return end
        end = end_of_jpeg(data, following)


def end_of_jpeg(data: bytes, start: int) -> int:
    """The byte behind the end mark of the JPEG that begins at ``start``. Raises ``IndexError`` if it is cut off."""
    at = start + 2
    while True:
        if data[at] != 0xFF:
            raise Refused("unreadable")
        while data[at + 1] == 0xFF:
            at += 1
        mark = data[at + 1]
        if mark == 0xD9:
            return at + 2
        if mark in _ALONE:
            at += 2
            continue
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
        if mark == 0xDA:
            following = _END_OF_SCAN.search(data, at)
            if following is None:
                raise Refused("unreadable")
            at = following.start()


def _end_of_png(data: bytes) -> int:
    at, moving = 8, False
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        at += 12 + length
        moving = moving or name == b"acTL"
        if at > len(data):
            raise Refused("unreadable")
        if name == b"IEND":
            if moving:
                raise Refused("moving")
            return at


def _end_of_boxes(data: bytes) -> int:
    """HEIC is a row of boxes (ISO/IEC 14496-12), each with its length first; only these may stand in it."""
    at = 0
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if length == 1:
            length = struct.unpack_from(">Q", data, at + 8)[0]
        elif length == 0:
            length = len(data) - at
        if name not in (b"ftyp", b"meta", b"mdat", b"idat", b"free", b"skip", b"uuid", b"moov", b"mpvd"):
            return at
        if length < 8 or at + length > len(data):
            raise Refused("unreadable")
        at += length
    return at


# --- the cleaned copy ---------------------------------------------------------------------------------
def cleaned(data: bytes, kind: str) -> bytes:
    """The picture drawn anew, upright, as PNG if it is one and otherwise as JPEG, with nothing but its pixels.

    The colour profile goes too: it can carry the name of a screen or a camera.
    """
    image = ImageOps.exif_transpose(opened(data, kind))
    lucid = kind == "png" and (image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info)
    wanted = "RGBA" if lucid else ("L" if image.mode in ("1", "L") else "RGB")
    if image.mode != wanted:
        image = image.convert(wanted)
    image.info.clear()
    if kind == "png":
        out = BytesIO()
        image.save(out, "PNG")
        return out.getvalue()
    for quality in _QUALITIES:
        out = BytesIO()
        image.save(out, "JPEG", quality=quality, exif=b"", icc_profile=None)
        if out.tell() <= _LONG:
            break
    return out.getvalue()


def bare_jpeg(data: bytes) -> bytes:
    """A JPEG without a pixel changed: only the parts that a decoder needs, and nothing behind its end."""
    try:
        end = end_of_jpeg(data, 0)
        out, at = [data[:2]], 2
        while (mark := data[at + 1]) != 0xDA:
            if mark == 0xFF or mark in _ALONE:
                at += 1 if mark == 0xFF else 2
                continue
            following = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
            if mark == 0xEE or not (0xE0 <= mark <= 0xEF or mark == 0xFE):
                out.append(
                    data[at:following]
                )  # of all segments of programs only Adobe's says how to read colours
            at = following
    except (IndexError, struct.error) as cut_off:
        raise Refused("unreadable") from cut_off
    return b"".join([*out, data[at:end]])
