"""Write logs: as text, or a JSON object per line (LOG_FORMAT); without secrets, with the request's id.

Our code logs by structlog: `log.info("event_name", key=value)`. The event's name is what readers search for. In JSON
each key is a field with its type; as text the line is `event_name key=value`. Lines of libraries arrive by `logging`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.stdlib import BoundLogger, LoggerFactory, filter_by_level

from service.observability.redaction import known_secrets, scrub
from service.observability.request_ids import current

TEXT, JSON = "text", "json"
LONGEST = 4000
"""Maximum characters of a value in a line: errors of other parts may be whole pages."""


def get_logger(name: str) -> BoundLogger:
    """Return the logger of a module."""
    return structlog.stdlib.get_logger(name)


def _as_record(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Turn an event into the arguments of `logging`: its text as the message, and its fields as `record.fields`."""
    kept = {"exc_info": event.pop("exc_info")} if "exc_info" in event else {}
    name = event.pop("event")
    text = " ".join([name, *(f"{key}={value}" for key, value in event.items())])
    return {"msg": text, "extra": {"event": name, "fields": event}, **kept}


structlog.configure(
    processors=[filter_by_level, _as_record],
    wrapper_class=BoundLogger,
    logger_factory=LoggerFactory(),
    cache_logger_on_first_use=True,
)


def set_up(settings: Any) -> None:
    """Configure this process's logs. settings: a dataclass, or the environment. Repeatable."""
    values = (
        settings if isinstance(settings, Mapping) else {f.name: getattr(settings, f.name) for f in fields(settings)}
    )
    form = values.get("log_format") or values.get("LOG_FORMAT") or TEXT
    formatter = (JsonFormatter if form == JSON else TextFormatter)(known_secrets(values))
    root = logging.getLogger()
    if not root.handlers:
        own = logging.StreamHandler()
        own.set_name("longshore")
        root.addHandler(own)
        root.setLevel(logging.INFO)
    for handler in root.handlers:
        if handler.get_name() == "longshore":
            handler.setFormatter(formatter)


class _Formatter(logging.Formatter):
    """The base of both forms. secrets: removed wherever they occur."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def _clean(self, value: Any) -> Any:
        """Return a value that JSON can contain."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, list | tuple):
            return [self._clean(each) for each in value]
        text = scrub(str(value), self._secrets)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"

    def _trace(self, record: logging.LogRecord) -> str | None:
        if not record.exc_info or record.exc_info[0] is None:
            return None
        return scrub(self.formatException(record.exc_info), self._secrets)


class TextFormatter(_Formatter):
    """A line with time, level, logger and message, followed by a traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        # foreign text cannot begin a new line
        message = self._clean(record.getMessage()).replace("\r", "\\r").replace("\n", "\\n")
        words = [_time(record), record.levelname, record.name, message]
        if current():
            words.append(f"request_id={current()}")
        return "\n".join(filter(None, [" ".join(words), self._trace(record)]))


class JsonFormatter(_Formatter):
    """One object per line: time, level, logger, event, the event's own fields, request_id, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        event, own = _event(record)
        line = {name: self._clean(value) for name, value in own.items()} | {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": self._clean(event),
        }
        if current():
            line["request_id"] = current()
        if trace := self._trace(record):
            line["traceback"] = trace
        first = {name: line.pop(name) for name in ("time", "level", "logger", "event")}
        return json.dumps(first | line, ensure_ascii=False)


def _event(record: logging.LogRecord) -> tuple[str, dict[str, Any]]:
    """Return an event's name and fields; the whole text and no fields for lines of libraries."""
    if hasattr(record, "fields"):
        return record.event, record.fields  # type: ignore[attr-defined]
    return record.getMessage(), {}


def _time(record: logging.LogRecord) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
