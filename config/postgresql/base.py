"""Takes connections from the pool in a way that survives the database's restarts and absences.

With Django's own health checks a request that meets dead connections waits longer after each, and a pool of ten of
them outlives the request's patience; and while the database is away every request waits in vain for seconds, until
no thread is left for pages that need no database.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

from jobs import clock

#: After a connection could not be had, nobody of this process tries for so long. Seconds.
REST = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection of a thread, from the pool of the process."""

    #: By alias: until when everybody is refused without waiting (monotonic clock).
    _resting_until: dict[str, float] = {}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        pool = self.pool
        if pool is None:
            return super().get_new_connection(conn_params)
        if time.monotonic() < self._resting_until.get(self.alias, 0.0):
            raise psycopg.OperationalError("the database was away a moment ago")
        failures = _failures(pool)
        try:
            connection = super().get_new_connection(conn_params)
            try:
                _tried(connection)
            except psycopg.OperationalError:
                # One is dead, so all may be: every idle one is replaced.
                pool.putconn(connection)
                pool.drain()
                connection = super().get_new_connection(conn_params)
        except PoolTimeout:
            if _failures(pool) > failures:  # not merely more requests than connections
                self._resting_until[self.alias] = time.monotonic() + REST
            raise
        return connection


def _tried(connection: Any) -> None:
    """Raises ``OperationalError`` for a dead connection; a live one is asked for its time, which costs no more."""
    connection.autocommit = True  # as the pool makes them; one left inside a transaction was rolled back
    asked = time.time()
    (database,) = connection.execute("SELECT clock_timestamp()").fetchone()
    clock.hear(database, asked, time.time())


def _failures(pool: Any) -> int:
    """Attempts to connect that failed since the pool was made."""
    count: int = pool.get_stats().get("connections_errors", 0)
    return count
