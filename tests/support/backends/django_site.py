"""A site with the recipe for Django; the header X-User stands for its login."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import setup
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    LOGIN_URL="/login",
    MIDDLEWARE=[f"{__name__}.log_in"],
    ROOT_URLCONF=__name__,
)
setup()


def log_in(get_response: Callable[[Any], Any]) -> Callable[[Any], Any]:
    from django.contrib.auth.models import AnonymousUser, User

    def respond(request: Any) -> Any:
        name = request.headers.get("X-User")
        request.user = User(username=name) if name else AnonymousUser()
        return get_response(request)

    return respond


def views() -> list[Any]:
    from recipe import upload_token

    return [path("uploads/token", upload_token)]


urlpatterns = views()
application = WSGIHandler()
