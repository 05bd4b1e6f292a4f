"""Allow findings of the scanner over HTTP."""

from __future__ import annotations

from typing import Any

from tests.support.fakes import SIGNATURE
from tests.support.service_under_test import App

ALLOWLIST = "/api/v1/admin/allowlist"
BAD = b"a" + SIGNATURE
WHY = "Our own test file."
BY_SIGNATURE = {"kind": "signature", "value": "Fake-Virus"}


def allow(app: App, **body: Any) -> dict[str, Any]:
    answer = app.client.post(ALLOWLIST, json={"reason": WHY} | body)
    assert answer.status_code == 201, answer.json
    found: dict[str, Any] = answer.json["data"]
    return found
