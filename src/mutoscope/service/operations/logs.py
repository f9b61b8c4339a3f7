"""Logs: one JSON object a line on stderr, without secrets."""

import datetime
import json
import logging
import re
import sys
import threading
from typing import Any

__all__ = ["JsonLines", "hide", "redacted", "set_up_logs"]

_MASK = "***"
_SHORTEST = 8  # a shorter word would blot out half of every line
_LONGEST = 16_000
_EXTRAS = ("job_id", "request_id", "route", "status", "ms", "kind", "effect", "media_id", "owner", "server", "seconds")
"""What `extra=` may say; anything else in a record stays unsaid, so that nothing slips in."""

_PATTERNS = (
    # The names stay, so that one sees what stood there.
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',;]+"), r"\1 " + _MASK),
    (
        re.compile(
            r"(?i)([?&;](?:token|access_token|api_key|key|secret|password|signature|sig|"
            r"x-amz-(?:signature|credential|security-token)|awsaccesskeyid)=)[^&\s\"'#]+"
        ),
        r"\1" + _MASK,
    ),
    (re.compile(r"(?i)\b(mutoscope_token=)[^;\s\"']+"), r"\1" + _MASK),
    # The last @ before the path ends the password, which may hold others.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@\"']*:)[^\s/\"']+(@)", re.IGNORECASE), r"\1" + _MASK + r"\2"),
    (re.compile(r"(?i)\bwhsec_[A-Za-z0-9+/=_-]+"), "whsec_" + _MASK),
    (
        re.compile(
            r"(?i)([\"']?\b(?:password|passwd|secret|client_secret|refresh_token|authorization)[\"']?\s*[:=]\s*)"
            r"(?!\s*(?:bearer|basic)\b)[\"']?[^\s\"',;}]+[\"']?"
        ),
        r"\1" + _MASK,
    ),
)

_secrets: set[str] = set()
_lock = threading.Lock()


def hide(*secrets: str) -> None:
    """Remember words that no log may hold, such as the owner's token; those under eight letters are not looked for."""
    with _lock:
        _secrets.update(word for word in secrets if len(word) >= _SHORTEST)


def redacted(text: str) -> str:
    """Give a text without secrets: those given to `hide`, and whatever looks like one."""
    with _lock:
        known = sorted(_secrets, key=len, reverse=True)
    for word in known:
        text = text.replace(word, _MASK)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object in one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line: time (RFC 3339, UTC), level, logger, message, and what `extra` said of the request or job."""
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        told: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage())[:_LONGEST],
        }
        for name in _EXTRAS:
            value = getattr(record, name, None)
            if value is not None:
                told[name] = value if isinstance(value, bool | int | float) else redacted(str(value))[:_LONGEST]
        if record.exc_info:
            told["error"] = redacted(self.formatException(record.exc_info))[-_LONGEST:]
        return json.dumps(told, ensure_ascii=False)


def set_up_logs(level: int = logging.INFO) -> None:
    """Send every logger of this process to stderr as JSON lines; uvicorn's own ways of writing are taken away."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("mutoscope").setLevel(level)
    logging.captureWarnings(True)  # warnings are lines too, else they would break the stream of objects
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
        logger.setLevel(level)
    threading.excepthook = _tell_of_thread
    # One line for each request is written by the service itself, without addresses, which may hold a token.
    logging.getLogger("uvicorn.access").disabled = True
    # These tell whole SQL statements and whole requests.
    for name in ("sqlalchemy", "multipart", "python_multipart", "asyncio", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def _tell_of_thread(what: threading.ExceptHookArgs) -> None:
    """Log the error that ended a thread; Python's own way would write it between the objects, secrets and all."""
    if what.exc_value is None or issubclass(what.exc_type, SystemExit):
        return
    name = what.thread.name if what.thread is not None else "of no name"
    told = (what.exc_type, what.exc_value, what.exc_traceback)
    logging.getLogger("mutoscope.threads").critical("the thread %s has ended by an error", name, exc_info=told)
