"""boto3's client for any S3 server."""

from __future__ import annotations

import base64
from contextlib import suppress
from functools import cache
from hashlib import md5
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ProfileNotFound
from botocore.loaders import Loader

from service import __version__
from service.observability import request_ids
from service.settings import Settings, SettingsError
from service.storage.credentials import Role, role_in
from service.storage.lean_endpoint import make_lean
from service.storage.lean_parser import LeanParsers
from service.storage.replies import refuse_foreign_body

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECT_SECONDS = 3
QUICK_SECONDS = 10
"""Seconds without an answer in calls that every server answers at once; a request's thread waits twice that."""
PATIENT_SECONDS = 60
"""The same for calls that read, copy, join or delete many bytes or keys: some servers take a minute."""
ATTEMPTS = 2
"""One retry, as a kept connection may have been closed meanwhile. Callers repeat further ones."""


def make_client(settings: Settings, endpoint_url: str, read_seconds: float = PATIENT_SECONDS) -> S3Client:
    """Create a client for one of the two endpoints, without the checksums that some S3 servers refuse.

    Raises SettingsError if AWS_PROFILE, which botocore reads itself, names no profile.
    """
    config = Config(
        signature_version="s3v4",
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=32,
        # botocore would assemble its own twice for each call, an eighth of the call's processor time
        user_agent=f"longshore/{__version__} Boto3/{boto3.__version__}",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        # all parameters are our own
        parameter_validation=False,
        s3={"addressing_style": settings.s3_addressing_style},  # type: ignore[arg-type]
    )
    try:
        role = role_in(settings.s3_region) if settings.has_role else None
        client = _session(role).client(
            "s3",
            endpoint_url=endpoint_url,
            region_name=settings.s3_region,
            aws_access_key_id=settings.s3_access_key or None,
            aws_secret_access_key=settings.s3_secret_key or None,
            config=config,
        )
    except ProfileNotFound as error:
        raise SettingsError(f"AWS_PROFILE is wrong: {error}.") from error
    make_lean(client)
    client.meta.events.register("before-send.s3", _name_request)
    client.meta.events.register("before-call.s3", _send_md5)
    client.meta.events.register("before-parse.s3", refuse_foreign_body)
    return client


def _name_request(request: Any, **_rest: Any) -> None:
    """Add the request id to storage's access log.

    It goes into the user agent: every server logs that, and SigV4 does not sign it, so that proxies that change
    X-Request-ID break no signature.
    """
    request_id = request_ids.current()
    if request_id is not None:
        agent = request.headers["User-Agent"]
        agent = agent.decode() if isinstance(agent, bytes) else agent
        request.headers["User-Agent"] = f"{agent} request/{request_id}"


def _send_md5(params: dict[str, Any], **_rest: Any) -> None:
    """Send Content-MD5 where S3 requires a checksum of the request (DeleteObjects, PutBucketCors).

    botocore sends a CRC32 instead, which stores that are older than it refuse (MissingContentMD5), and Backblaze B2
    too; every store takes Content-MD5 (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html).
    """
    checksum = params["context"].get("checksum", {})
    if "request_algorithm" in checksum and isinstance(params["body"], bytes):
        digest = md5(params["body"], usedforsecurity=False).digest()
        params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()
        params["context"]["checksum"] = {}


def read_descriptions() -> None:
    """Read S3's description: 14 MB that processes share if they are forked afterwards."""
    with suppress(ProfileNotFound):  # each process reports it itself
        _session(None).client("s3", region_name="us-east-1", config=Config(signature_version=UNSIGNED))


@cache
def _loader() -> Loader:
    loader: Loader = botocore.session.get_session().get_component("data_loader")
    return loader


@cache
def _session(role: Role | None) -> boto3.session.Session:
    """The session of all clients: reading S3's description takes longer than everything else about a client.

    role: supplies the key for clients without one, instead of botocore's chain.
    """
    made = botocore.session.get_session()
    made.register_component("data_loader", _loader())
    made.register_component("response_parser_factory", LeanParsers())
    if role:
        made.register_component("credential_provider", role)
    return boto3.session.Session(botocore_session=made)
