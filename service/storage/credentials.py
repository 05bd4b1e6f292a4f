"""Storage's key: from the settings, or a role's key, which botocore's provider chain finds and renews.

The chain (https://docs.aws.amazon.com/boto3/latest/guide/credentials.html): AWS_… variables, a web identity (IRSA),
profile files, the container's endpoint (ECS, EKS Pod Identity), the instance's (EC2).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.credentials import Credentials as ChainCredentials
from botocore.credentials import ReadOnlyCredentials, RefreshableCredentials, create_credential_resolver
from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

from service.errors import StorageUnavailableError
from service.observability.logs import get_logger
from service.observability.metrics import FAILURES
from service.observability.redaction import scrub
from service.settings import Settings
from service.settings_checks import AWS
from service.storage.presign import Credentials

log = get_logger(__name__)

PAUSE = 5.0
"""Seconds before a failed provider is tried again. Each try waits for a
provider that hangs, so without a pause callers would wait for all tries before theirs."""
LONGEST_REASON = 300


class Role(ChainCredentials):
    """The credentials of botocore's chain: looked up at first use, and again until there are some.

    botocore's clients look only once, when they are created, and a provider may start later than this service. All
    failures become CredentialRetrievalError: providers raise different errors (OSError, KeyError, STS' ClientError,
    RuntimeError).
    """

    def __init__(
        self, look: Callable[[], ChainCredentials | None], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._look = look
        self._monotonic = monotonic
        self._found: ChainCredentials | None = None
        self._one_looks = threading.Lock()
        self._left_alone_until = 0.0
        self._reason = ""

    def load_credentials(self) -> Role:
        """Return this object, which botocore's sessions use as their credentials."""
        return self

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Return a key for one request of botocore's clients. Raises CredentialRetrievalError."""
        return self.now()[0]

    def now(self) -> tuple[ReadOnlyCredentials, datetime | None]:
        """Return a key to sign with now, and its expiry, None if unknown. Raises CredentialRetrievalError."""
        if self._monotonic() < self._left_alone_until:
            raise self._failed()
        try:
            return _with_its_end(self._chosen())
        except Exception as error:
            self._reason = scrub(f"{type(error).__name__}: {error}")[:LONGEST_REASON]
            self._left_alone_until = self._monotonic() + PAUSE
            log.warning("storage_credentials_unavailable", reason=self._reason)
            raise self._failed() from error

    def _chosen(self) -> ChainCredentials:
        """Return the found credentials, which renew themselves."""
        with self._one_looks:
            self._found = self._found or self._look()
        if self._found is None:
            raise NoCredentialsError
        return self._found

    def _failed(self) -> CredentialRetrievalError:
        return CredentialRetrievalError(provider=f"S3_CREDENTIALS={AWS}", error_msg=self._reason)


def _with_its_end(found: ChainCredentials) -> tuple[ReadOnlyCredentials, datetime | None]:
    """Return the expiry of a renewed key; that of a session token in a variable or a profile is unknown.

    botocore only exposes it this way, and another thread may renew the key in between: both must be of the same key.
    """
    key = found.get_frozen_credentials()
    if not isinstance(found, RefreshableCredentials):
        return key, None
    state: Any = found
    while True:
        key, end = state._frozen_credentials, state._expiry_time
        if state._frozen_credentials is key:
            return key, end


@cache
def role_in(region: str) -> Role:
    """Return this process's credentials. region: of the STS for a web identity, without AWS_REGION."""
    return Role(create_credential_resolver(botocore.session.Session(), region_name=region).load_credentials)


def part_credentials(settings: Settings) -> Callable[[], Credentials]:
    """Return the key that signs part URLs: S3_UPLOAD_ACCESS_KEY if set, else the service's own.

    The former does not expire, also with a role, so no part URL expires early. Raises like `storage_credentials`.
    """
    if not settings.has_upload_key:
        return storage_credentials(settings)
    fixed = Credentials(settings.s3_upload_access_key, settings.s3_upload_secret_key)
    return lambda: fixed


def storage_credentials(settings: Settings) -> Callable[[], Credentials]:
    """Return the function that supplies a presigner's key; it raises StorageUnavailableError if a role has none."""
    if not settings.has_role:
        fixed = Credentials(settings.s3_access_key, settings.s3_secret_key)
        return lambda: fixed
    role = role_in(settings.s3_region)

    def of_now() -> Credentials:
        try:
            key, end = role.now()
        except CredentialRetrievalError as error:
            FAILURES.labels("storage", "unavailable").inc()
            raise StorageUnavailableError from error
        return Credentials(key.access_key or "", key.secret_key or "", key.token, end)

    return of_now
