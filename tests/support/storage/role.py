"""A role's key as in a container (ECS, EKS Pod Identity): a real HTTP server for botocore's own chain."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.utils import ContainerMetadataFetcher
from werkzeug import Request, Response

from service.deps import make_presigner, utc_now
from service.storage.client import make_client
from service.storage.credentials import role_in
from service.storage.presign import Credentials
from service.storage.s3 import Storage
from tests.support.http_server import TestServer
from tests.support.service_under_test import App, rebuilt

AUTHORIZATION = "the-pods-own-token"
NO_UPLOAD_KEY = {"s3_upload_access_key": "", "s3_upload_secret_key": ""}
ROLE: dict[str, Any] = {"s3_credentials": "aws", "s3_access_key": "", "s3_secret_key": "", **NO_UPLOAD_KEY}
"""The settings of a service with a role, whose key also signs parts."""


def in_seconds(seconds: int) -> datetime:
    """Return a time in AWS's format: in whole seconds."""
    return utc_now().replace(microsecond=0) + timedelta(seconds=seconds)


def key(name: str, seconds: int = 6 * 3600) -> Credentials:
    """Create a key with this lifetime.

    botocore tries to renew it 15 minutes before its end, and must 10 minutes before.
    """
    return Credentials(f"ASIA{name}", f"secret-of-{name}/+", f"token-of-{name}/+==", in_seconds(seconds))


class RoleEndpoint(TestServer):
    """key: the returned one; status: of the response; body: instead of the key. calls: the number of requests."""

    def __init__(self) -> None:
        super().__init__()
        self.key = key("FIRST")
        self.status = 200
        self.body: bytes | None = None
        self.calls = 0

    @property
    def url(self) -> str:
        return self.url_for("/v1/credentials")

    def dispatch(self, request: Request) -> Response:
        self.calls += 1
        if request.headers.get("Authorization") != AUTHORIZATION:
            return Response(b"whose pod is this?", 401)
        return Response(self.document() if self.body is None else self.body, self.status)

    def document(self) -> bytes:
        """See https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html."""
        described = {"AccessKeyId": self.key.access_key, "SecretAccessKey": self.key.secret_key}
        assert self.key.expires_at
        end = self.key.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return json.dumps(described | {"Token": self.key.session_token, "Expiration": end}).encode()

    def environment(self) -> dict[str, str]:
        """Return the variables that the platform sets in the container."""
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": self.url,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": AUTHORIZATION,
        }


def nothing_found(folder: Path) -> dict[str, str]:
    """Return an environment in which botocore's chain finds no credentials of this machine."""
    none = str(folder / "none")
    files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "BOTO_CONFIG"), none)
    return files | {"AWS_EC2_METADATA_DISABLED": "true"}


@contextmanager
def without_role(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Remove roles and cached credentials from the process inside the block."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    for name, text in nothing_found(folder).items():
        patch.setenv(name, text)
    patch.setattr(ContainerMetadataFetcher, "SLEEP_TIME", 0)
    role_in.cache_clear()
    yield
    role_in.cache_clear()


def with_role(app: App) -> App:
    """Return the app with the process's role. botocore uses this machine's clock, not the app's."""
    settings = replace(app.deps.settings, **ROLE)
    return rebuilt(
        app,
        settings=settings,
        storage=Storage(make_client(settings, settings.s3_endpoint_url)),
        presigner=make_presigner(settings, settings.s3_public_endpoint_url, app.clock),
    )
