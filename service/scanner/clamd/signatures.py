"""The date of a scanner's signatures, as clamd reports it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_DATE = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]?\d \d{2}:\d{2}:\d{2} \d{4}")


def date_of_signatures(text: str) -> datetime | None:
    """Parse `ClamAV 1.4.3/27800/Tue Nov 24 09:26:45 2026`, or a part of it; None without a date.

    The time is in clamd's local time, which is taken for UTC.
    """
    found = _DATE.search(text)
    try:
        return datetime.strptime(found[0], "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
