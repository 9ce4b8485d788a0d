"""``python -m cases.inspecting KIND <file``: prints one line of JSON, {"facts": […]} or {"refused": code}.

Limits are taken first, before a byte of the file is read. A file that breaks them ends the process, which the
parent reads as a refusal.
"""

from __future__ import annotations

import json
import resource
import sys

CPU_SECONDS = 10
MEMORY = 512 * 1024 * 1024


def confine() -> None:
    """No more than ten seconds of CPU and 512 MB of addresses; no file is written, no process started."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(kind: str) -> None:
    confine()
    data = sys.stdin.buffer.read()
    # Imported after the limits, and only what this kind needs: most of the cost is the imports.
    from cases.inspecting.verdict import Refused

    try:
        if kind == "pdf":
            from cases.inspecting.pdf import facts
        elif kind in ("docx", "xlsx"):
            from cases.inspecting.office import facts
        else:
            from cases.inspecting.pictures import facts
        answer: dict[str, object] = {"facts": sorted(facts(data, kind))}
    except Refused as refused:
        answer = {"refused": refused.code}
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
