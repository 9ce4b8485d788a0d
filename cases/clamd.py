"""Asks a clamd about bytes, by its own protocol (INSTREAM); no file of ours is opened by it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

CONNECT_SECONDS = 5
#: For each send and for the answer; ten megabytes take clamd a third of a second.
ANSWER_SECONDS = 60
_PIECE = 64 * 1024


class Away(Exception):  # noqa: N818
    """Nobody answers at the address of the scanner."""


class NoAnswer(Exception):  # noqa: N818
    """The scanner was there and did not answer about this file."""


def ask(content: Iterable[bytes]) -> str:
    """What the scanner says of these bytes, for instance ``OK``, ``Eicar FOUND`` or ``size limit exceeded ERROR``.

    Raises ``Away`` or ``NoAnswer``; then nothing is known of the file.
    """
    with _connected() as scanner:
        try:
            scanner.settimeout(ANSWER_SECONDS)
            scanner.sendall(b"zINSTREAM\0")
            for whole in content:
                for at in range(0, len(whole), _PIECE):
                    piece = whole[at : at + _PIECE]
                    scanner.sendall(struct.pack(">I", len(piece)) + piece)
            scanner.sendall(struct.pack(">I", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it hangs up on a file longer than it takes; what it said of that may still be read
        except TimeoutError as slow:
            raise NoAnswer from slow
        try:
            answer = b""
            while not answer.endswith(b"\0") and (got := scanner.recv(4096)):
                answer += got
        except OSError as broken:
            raise NoAnswer from broken
    said = answer.rstrip(b"\0\n ").decode("utf-8", "replace").rpartition(": ")[2]
    if not said:
        raise NoAnswer
    return said


def _connected() -> socket.socket:
    where = urlsplit(settings.CLAMD_URL)
    try:
        if where.scheme == "tcp":
            return socket.create_connection((where.hostname, where.port or 3310), timeout=CONNECT_SECONDS)
        scanner = socket.socket(socket.AF_UNIX)
        try:
            scanner.settimeout(CONNECT_SECONDS)
            scanner.connect(where.path)
        except OSError:
            scanner.close()
            raise
        return scanner
    except OSError as nobody:
        raise Away from nobody
