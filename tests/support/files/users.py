"""Create users and appointments over HTTP."""

from __future__ import annotations

from tests.support.service_under_test import App

USERS, APPOINTMENTS = "/api/v1/users/", "/api/v1/appointments/"


def make_user(app: App, name: str = "Ada") -> str:
    answer = app.client.post(USERS, json={"name": name})
    assert answer.status_code == 201
    return answer.json["data"]["id"]


def make_appointment(app: App, user_id: str) -> str:
    return app.client.post(APPOINTMENTS, json={"user_id": user_id, "title": "Visit"}).json["data"]["id"]
