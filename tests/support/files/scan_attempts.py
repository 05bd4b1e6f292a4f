"""Scans that fail, and their next attempts."""

from __future__ import annotations

import pytest

from service.domain.upkeep.sweep import sweep
from tests.support.files.stored_files import row
from tests.support.service_under_test import App


def waits_between(app: App, file_id: str, error: type[Exception], times: int) -> list[float]:
    """Scan a file so many times, which fails each time: the seconds until the sweeper asks for the next attempt."""
    waits = []
    for _ in range(times):
        with pytest.raises(error):
            app.scan(file_id)
        due = row(app, file_id).scan_due_at
        assert due is not None
        waits.append((due - app.clock.now).total_seconds())
        app.clock.forward(waits[-1])
        assert sweep(app.deps).queued_scans == 1
    return waits
