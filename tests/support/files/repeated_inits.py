"""Inits with an Idempotency-Key."""

from __future__ import annotations

from typing import Any

from tests.support.service_under_test import FILE, App

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def init(app: App, key: str = KEY, **body: Any) -> Any:
    return app.client.post(f"{FILE}/upload/init/", json={"size": 5} | body, headers={"Idempotency-Key": key})


def ids(answer: Any) -> tuple[str, str]:
    assert answer.status_code == 200, answer.json
    return answer.json["data"]["upload_id"], answer.json["data"]["file_id"]
