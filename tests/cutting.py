"""A line of this machine that breaks where the test says: a TCP proxy that passes so many bytes and then hangs up."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

#: Closing sends a reset instead of a goodbye, as a line that is gone does.
_AT_ONCE = struct.pack("ii", 1, 0)


class CutLine:
    """Passes ``after`` bytes of one connection to the server behind it and breaks it on both sides.

    With ``answer`` it passes all that is asked, and breaks when the first byte of the answer has come.
    """

    def __init__(self, port: int, after: int = 0, *, answer: bool = False, reset: bool = True) -> None:
        self._behind, self._left, self._answer, self._reset = port, after, answer, reset
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.passed = 0
        self._thread = threading.Thread(target=self._pass, daemon=True)

    def __enter__(self) -> CutLine:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(30)
        self._listener.close()
        assert not self._thread.is_alive(), "the line was never cut"

    def _pass(self) -> None:
        near, _whom = self._listener.accept()
        far = socket.create_connection(("127.0.0.1", self._behind), timeout=20)
        near.settimeout(20)
        waiting = threading.Thread(target=self._await_answer, args=(near, far), daemon=True)
        if self._answer:
            waiting.start()
        with contextlib.suppress(OSError):
            while (self._answer or self._left) and (some := near.recv(65536 if self._answer else self._left)):
                far.sendall(some)
                self.passed += len(some)
                self._left -= len(some)
        if self._answer:
            waiting.join(20)
        self._cut(near, far)

    def _await_answer(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            far.recv(1)
            near.shutdown(socket.SHUT_RD)  # so that whoever reads from it stops

    def _cut(self, *sides: socket.socket) -> None:
        for side in sides:
            if self._reset:
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            side.close()
