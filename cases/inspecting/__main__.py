"""``python -m cases.inspecting VERB KIND <file`` with VERB ``inspect``, ``clean``, ``unpack`` or ``table``.

Prints one line of JSON: {"facts": […]}, {"refused": code} or {"made": true}; the cleaned file follows
that last one, or a zip of the files inside a PDF, or the rows of a workbook as JSON.

Limits are taken first, before a byte of the file is read. A file that breaks them ends the process, which the
parent reads as a refusal.
"""

from __future__ import annotations

import json
import resource
import sys

CPU_SECONDS = 10
MEMORY = 512 * 1024 * 1024
#: Of ``unshare(2)``: CLONE_NEWNET and CLONE_NEWUSER. Python has no name for them before 3.12.
_OWN_NETWORK, _OWN_USERS = 0x40000000, 0x10000000


def confine() -> None:
    """No more than ten seconds of CPU and 512 MB of addresses; no file is written, no process started."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def leave_the_network() -> bool:
    """Go where there is no network at all; whether the kernel let us.

    Without root a process may do so in a user namespace of its own, unless the system forbids those: then the limits
    above and the rules of the service around us are what holds (docs/decisions/0020).
    """
    try:
        import ctypes

        unshare = ctypes.CDLL(None).unshare
        # As root without the other: in a namespace of its own root could no longer read what is not its own.
        return any(unshare(flags) == 0 for flags in (_OWN_NETWORK, _OWN_USERS | _OWN_NETWORK))
    except (ImportError, OSError, AttributeError, MemoryError):  # not Linux, or no foreign functions allowed
        return False


def main(verb: str, kind: str) -> None:
    leave_the_network()
    confine()
    data = sys.stdin.buffer.read()
    copy = b""
    # Imported after the limits, and only what this kind needs: most of the cost is the imports.
    from cases.inspecting.verdict import Refused

    try:
        if verb == "clean":
            copy = _cleaned(data, kind)
            answer: dict[str, object] = {"made": True}
        elif verb == "table":
            from cases.inspecting.table import rows_of

            copy = json.dumps(rows_of(data)).encode()
            answer = {"made": True}
        elif verb == "unpack":
            from cases.inspecting.pdf import files_in

            copy = files_in(data)
            answer = {"made": True}
        else:
            answer = {"facts": sorted(_facts(data, kind))}
    except Refused as refused:
        answer = {"refused": refused.code}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + copy)
    sys.stdout.buffer.flush()


def _facts(data: bytes, kind: str) -> set[str]:
    if kind == "pdf":
        from cases.inspecting import pdf

        return pdf.facts(data)
    if kind in ("docx", "xlsx"):
        from cases.inspecting import office

        return office.facts(data)
    from cases.inspecting import pictures

    return pictures.facts(data, kind)


def _cleaned(data: bytes, kind: str) -> bytes:
    if kind == "pdf":
        from cases.inspecting import clean_pdf

        return clean_pdf.cleaned(data)
    if kind in ("docx", "xlsx"):
        from cases.inspecting import clean_office

        return clean_office.cleaned(data, kind)
    from cases.inspecting import pictures

    return pictures.cleaned(data, kind)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
