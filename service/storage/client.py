"""boto3's client for an S3 server of any make."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from service.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def make_client(settings: Settings, endpoint_url: str) -> S3Client:
    """A client for one of the two endpoints, without the checksums that some S3 servers refuse."""
    config = Config(
        signature_version="s3v4",
        connect_timeout=3,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=32,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": settings.s3_addressing_style},  # type: ignore[arg-type]
    )
    return _session().client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=settings.s3_secret_key,
        config=config,
    )


@cache
def _session() -> boto3.session.Session:
    """One for all clients: reading S3's description takes longer than everything else about a client."""
    return boto3.session.Session()
