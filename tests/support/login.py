"""Callers for tests with login on: apps whose clients send a key."""

from __future__ import annotations

from service.domain.accounts.keys import create_key
from service.values.access.caller import Scope
from tests.support.service_under_test import App, rebuilt

ALL_OF_ONES_OWN = (Scope.UPLOAD, Scope.READ, Scope.DELETE)


def sends(app: App, authorization: str) -> App:
    """Return the app with a client that sends these headers with every request."""
    other = rebuilt(app)
    other.client.environ_base["HTTP_AUTHORIZATION"] = authorization
    return other


def login(app: App, subject: str, *scopes: Scope) -> App:
    """Return the app of a caller with a key of these scopes (default: upload, read and delete); login must be on."""
    assert app.deps.settings.login_required
    return sends(app, f"Bearer {create_key(app.deps, 'test', subject, scopes or ALL_OF_ONES_OWN)[0]}")
