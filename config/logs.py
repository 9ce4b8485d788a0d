"""The log: one line an event on stderr, as JSON or for the eye, without anything a person wrote or is called.

What stands on a line is chosen, not cleaned: known fields, our own words with codes and numbers in them, and errors
by class and place. Of other packages' lines the words are kept but not the texts put into them, because a request
line or a refused address may be among those; a line that came ready-made is told by its place alone.
Nothing here needs Django, so that gunicorn writes the same before it has loaded it.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from typing import Any

from jobs.faults import causes_of, class_of, frames_of, story_of
from jobs.tracing import trace

#: Rooms whose messages are ours: the tests hold that no text of a person is ever put into one.
OURS = {"accounts", "cases", "config", "feedback", "jobs", "look", "operations", "reports", "routing", "text"}
#: What a line may carry beside its words (``extra={"fields": {…}}``), all codes and numbers.
FIELDS = (
    "request_id", "task", "task_id", "attempt", "user_id", "view", "method", "status", "ms",
    "socket", "code", "count", "outcome",
)  # fmt: skip
WITHHELD = "…"


class Line(logging.Formatter):
    """``json``: an object a line. Otherwise time, level, place, words and fields, and errors below."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self.as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        line = told(record)
        error = record.exc_info[1] if record.exc_info else None
        if self.as_json:
            if error is not None:
                line["error"], line["frames"] = class_of(error), frames_of(error)
                if causes := causes_of(error):
                    line["causes"] = [{"error": class_of(e), "frames": frames_of(e)} for e in causes]
            return json.dumps(line, ensure_ascii=False, default=str)
        words = [line.pop(name) for name in ("time", "level", "logger", "event")]
        text = " ".join([*words, *(f"{name}={value}" for name, value in line.items())])
        return f"{text}\n{story_of(error)}" if error is not None else text


def told(record: logging.LogRecord) -> dict[str, Any]:
    """The line as an object, without the error it may carry."""
    moment = time.gmtime(record.created)
    line: dict[str, Any] = {
        "time": time.strftime("%Y-%m-%dT%H:%M:%S", moment) + f".{int(record.msecs):03d}Z",
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": _words(record),
    }
    ours = record.name.partition(".")[0] in OURS
    if not ours:
        line["where"] = f"{record.module}:{record.lineno}"
    fields = {**trace(), **(getattr(record, "fields", {}) if ours else {})}
    return line | {name: fields[name] for name in FIELDS if fields.get(name) not in (None, "")}


def _words(record: logging.LogRecord) -> str:
    ours = record.name.partition(".")[0] in OURS
    if not isinstance(record.msg, str) or not (ours or record.args):
        return WITHHELD
    args = record.args or ()
    try:
        if isinstance(args, dict):
            return record.msg % {name: _safe(value, ours) for name, value in args.items()}
        return record.msg % tuple(_safe(value, ours) for value in args) if args else record.msg
    except (TypeError, ValueError, KeyError):  # a place for a number that we have withheld
        return record.msg


def _safe(value: Any, ours: bool) -> Any:
    if isinstance(value, BaseException):
        return class_of(value)
    if isinstance(value, int | float) or value is None:
        return value
    return value if ours else WITHHELD


def logging_for(form: str, level: str) -> dict[str, Any]:
    """The configuration for ``logging.config``: everything to stderr in one form (``json`` or ``console``)."""
    quiet = {name: {"level": "WARNING"} for name in ("asyncio", "daphne", "twisted", "urllib3")}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "config.logs.Line", "as_json": form == "json"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **quiet,
            # What Django and gunicorn would print themselves, in a form of their own.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # Refusals stand in the line of the request; of faults the class and place are wanted too.
            "django.request": {"level": "ERROR"},
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            "gunicorn.access": {"handlers": [], "level": "WARNING", "propagate": False},
        },
    }


def log_the_uncaught() -> None:
    """From now on an error nobody caught is a line like every other, also in a thread, and so is a warning."""
    log = logging.getLogger("config.uncaught")

    def uncaught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            # Of a wrong setting it says which, in words of ours or Django's.
            words = str(error) if kind.__name__ == "ImproperlyConfigured" else "uncaught"
            log.critical("%s", words, exc_info=error)

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            log.critical("uncaught in a thread", exc_info=args.exc_value)

    def unraisable(args: Any) -> None:
        if args.exc_value is not None:
            log.error("uncaught where nobody could catch it", exc_info=args.exc_value)

    sys.excepthook = uncaught
    threading.excepthook = in_thread
    sys.unraisablehook = unraisable
    logging.captureWarnings(True)
