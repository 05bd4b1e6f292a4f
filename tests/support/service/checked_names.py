"""Check in every API and job test that log lines, crash points and labels of metrics have names."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from service import crashpoints
from service.observability.metrics import (
    DELIVERIES,
    FAILURES,
    LINK_USES,
    POLICY_REFUSED,
    SCAN_BYTES,
    SCANS,
    SWEEPS,
    UPLOADS,
)
from service.policy_file import RULES
from service.values.policies import POLICY_NAME
from service.values.states import DeliveryState, Verdict
from tools.docs.error_page import all_errors

LABELS = {
    POLICY_REFUSED: {*RULES},
    UPLOADS: {"initialized", "completed", "aborted", "failed"},
    LINK_USES: {"redirected", *(error.code for error in all_errors())},
    SCANS: {*(verdict.value for verdict in Verdict), "given_up"},
    DELIVERIES: {DeliveryState.DELIVERED, DeliveryState.FAILED, "postponed"},
    SWEEPS: {"ok", "failed"},
    SCAN_BYTES: {"clamd", "icap"},
    FAILURES: {
        *("database", "redis", "storage", "clamd", "icap"),
        *("unavailable", "refused", "busy", "deadlock", "read_only"),
    },
}
"""All values of a metric's labels, besides the names of policies, which are the operator's."""
EVENT = re.compile(r"[a-z][a-z0-9_]*")
"""The form of an event's name."""
MAY_BE_NONE = {
    ("delivery_attempted", "reason"),
    ("dependency_down", "cause"),
    ("key_created", "expires_at"),
    ("scan_finished", "result"),
    ("upload_initialized", "size"),
}
"""Events and their fields whose value may be missing."""


class LineCheck(logging.Handler):
    """Collect log lines of the service without an event's name, and those that lack a value."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.wrong: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not EVENT.fullmatch(getattr(record, "event", "")) or _missing(record) - MAY_BE_NONE:
            self.wrong.append(record.getMessage())


def _missing(record: logging.LogRecord) -> set[tuple[str, str]]:
    """Return the event and the name of each field without a value."""
    return {(record.event, name) for name, value in record.fields.items() if value is None}  # type: ignore[attr-defined]


def strange_labels() -> list[dict[str, str]]:
    """Return labels of counters that are not documented."""
    samples = [
        (known, sample) for metric, known in LABELS.items() for each in metric.collect() for sample in each.samples
    ]
    return [sample.labels for known, sample in samples if not _are_known(sample.labels, known)]


def _are_known(labels: Mapping[str, str], known: set[str]) -> bool:
    policy = labels.get("policy")
    others = [value for name, value in labels.items() if name != "policy"]
    return known.issuperset(others) and (policy is None or re.fullmatch(POLICY_NAME, policy) is not None)


@contextmanager
def checked_names(folder: Path) -> Iterator[None]:
    """Assert at the end that everything that was logged and counted has a name.

    folder: one without armed crash points.
    """
    logger, check = logging.getLogger("service"), LineCheck()
    level = logger.level
    logger.addHandler(check)
    logger.setLevel(logging.DEBUG)
    try:
        with patch.object(crashpoints, "_folder", folder):
            yield
    finally:
        logger.removeHandler(check)
        logger.setLevel(level)
    assert check.wrong == [], check.wrong
    assert strange_labels() == [], strange_labels()
