"""Fills the names of this machine into the files of this folder: ``python3 deploy/render.py INTO NAME=VALUE…``.

Needs nothing but Python. Names that are not given keep the values of ``docs/operating.md``; ``HOST`` must be given.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEFAULTS = {
    "HOST": "",
    "ORIGIN": "https://@HOST@",
    "USER": "causeway",
    "CODE": "/srv/causeway/current",
    "DATA": "/var/lib/causeway",
    "STATIC": "/srv/causeway/static",
    "BACKUPS": "/var/backups/causeway",
    "ETC": "/etc/causeway",
    "ETC_NGINX": "/etc/nginx",
    "RUN": "/run/causeway",
    "LOGS": "/var/log/nginx",
    "HTTP_LISTEN": "80",
    "HTTPS_LISTEN": "443",
    "TLS_CERTIFICATE": "@ETC@/tls/fullchain.pem",
    "TLS_KEY": "@ETC@/tls/privkey.pem",
    "WEB": "2",
    "SOCKETS": "2",
}
PLACE = re.compile(r"@([A-Z][A-Z_]+)@")


def values(given: Mapping[str, str]) -> dict[str, str]:
    """Everything the files ask for. Raises ValueError for a name that nothing asks for, or without ``HOST``."""
    if unknown := set(given) - set(DEFAULTS):
        raise ValueError(f"{', '.join(sorted(unknown))}: not one of {', '.join(DEFAULTS)}")
    known = {**DEFAULTS, **given}
    if not known["HOST"]:
        raise ValueError("HOST=the.name.of.the.site is needed")
    filled = {name: fill(value, known) for name, value in known.items()}
    run = filled["RUN"]
    web = [f"{run}/web-{n}.sock" for n in range(1, int(filled["WEB"]) + 1)]
    sockets = [f"{run}-sockets-{n}/daphne.sock" for n in range(1, int(filled["SOCKETS"]) + 1)]
    # max_fails=0: asking one that is away costs nothing, so none is ever left out, not even when all were away.
    line = "    server unix:{} max_fails=0;"
    return {
        **filled,
        "WEB_SERVERS": "\n".join(map(line.format, web)),
        "SOCKETS_SERVERS": "\n".join(map(line.format, sockets)),
    }


def fill(text: str, known: Mapping[str, str]) -> str:
    """Replaces each ``@NAME@``. A name nobody knows is a KeyError, never left standing."""
    return PLACE.sub(lambda found: known[found[1]], text)


def render(into: Path, given: Mapping[str, str]) -> list[Path]:
    """Writes the filled files below ``into`` as they lie here; the files written."""
    known = values(given)
    written = []
    for source in sorted([*HERE.glob("nginx/*"), *HERE.glob("systemd/*")]):
        target = into / source.relative_to(HERE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(fill(source.read_text(), known))
        written.append(target)
    return written


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        for path in render(Path(sys.argv[1]), dict(word.split("=", 1) for word in sys.argv[2:])):
            print(path)
    except ValueError as refusal:
        sys.exit(f"render: {refusal}")
