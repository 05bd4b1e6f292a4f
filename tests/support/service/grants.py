"""Grants for tests: of the service, and signed by a backend; and apps whose clients send one."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from longshore.grants import TYPE
from longshore.jws import encode
from service.errors import GrantRefusedError
from service.values.access.caller import Scope
from tests.support.login import login, sends
from tests.support.matchers import Like, failure
from tests.support.service.identity_provider import SECRET
from tests.support.service_under_test import App

GRANTS = "/api/v1/grants/"
USERS, APPOINTMENTS = "/api/v1/users/", "/api/v1/appointments/"
UNKNOWN_ID = "3f0e8a52-0000-4000-8000-000000000000"
POLICIES: dict[str, Any] = {
    "avatars": {"max_size": 10, "content_types": ("image/*",), "visibility": "public"},
    "contracts": {"detail_schema": {"required": ["number"]}},
}
FIXED = "is fixed by the grant; leave it out"
A_TOKEN: Any = Like(r"[\w-]+\.[\w-]+\.[\w-]+")


def shop_of(app: App) -> App:
    """Return the app of a backend with the scope `grant` alone; login is on."""
    return login(app.with_settings(login="on", policies=POLICIES, jwt_secret=SECRET), "shop", Scope.GRANT)


def grant(app: App, **wish: Any) -> dict[str, Any]:
    """A new grant for ann."""
    answer = app.client.post(GRANTS, json={"subject": "ann"} | wish)
    assert answer.status_code == 201, answer.json
    data: dict[str, Any] = answer.json["data"]
    return data


def browser(app: App, grant: dict[str, Any]) -> App:
    return sends(app, f"Bearer {grant['token']}")


def shown(app: App, grant: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = app.client.get(GRANTS + grant["grant_id"]).json["data"]
    return data


def used(app: App, grant: dict[str, Any]) -> tuple[int, str]:
    data = shown(app, grant)
    return data["used"], data["state"]


def refused(reason: str, *errors: str) -> tuple[int, Any]:
    words = {"message": GrantRefusedError.MESSAGES[reason], "reason": reason}
    return 403, failure("grant_refused", *errors) | words


def signed(app: App, secret: str = SECRET, **changes: Any) -> dict[str, Any]:
    """A grant that a backend signed itself, by the app's clock; a change to None removes a claim."""
    claims = {"jti": str(uuid4()), "sub": "ann", "exp": int(app.clock().timestamp()) + 600} | changes
    payload = {name: value for name, value in claims.items() if value is not None}
    return {"grant_id": claims["jti"], "token": encode(TYPE, payload, secret.encode())}
