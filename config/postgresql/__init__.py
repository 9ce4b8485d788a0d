"""Django's PostgreSQL backend, which gets over a restart of the database at once. Django looks for it in ``base``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


def pooled(database: dict[str, Any], size: int) -> dict[str, Any]:
    """The settings of a database with a pool of at most ``size`` connections a process, and limits to every wait."""
    limits = {
        # Nobody waits longer for a row that somebody else holds: they are told to try again.
        "lock_timeout": "3s",
        # A process that vanished in the middle of a transaction must not hold its rows for ever.
        "idle_in_transaction_session_timeout": "60s",
        # No page waits for one statement until the proxy gives it up; a command (a migration) may take its time.
        "statement_timeout": "60s" if _serves() else "0",
    }
    return {
        **database,
        "ENGINE": "config.postgresql",
        # Under ASGI CONN_MAX_AGE does not hold (one connection per request thread): the pool is mandatory.
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            **database.get("OPTIONS", {}),
            "options": " ".join(f"-c {name}={limit}" for name, limit in limits.items()),
            "connect_timeout": 5,
            "pool": {
                "min_size": 2,
                "max_size": size,
                "timeout": 5,
                # Attempts end soon, so that after an outage the next one does not wait out a long back-off.
                "reconnect_timeout": 2,
            },
        },
    }


def _serves() -> bool:
    """Whether this process answers people, rather than being a command that somebody runs."""
    return Path(sys.argv[0]).name == "gunicorn" or sys.argv[1:2] == ["serve"]
