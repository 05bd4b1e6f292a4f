"""Presigned URLs: ours, and botocore's to compare them with."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any
from unittest.mock import patch

import boto3
from botocore.config import Config

from service.storage.presign import Credentials, Endpoint, Presigner
from service.values import Location, PartToSign

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
KEY = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
AT = Location("bucket", "a key/ü+%~.txt")


@cache
def botocores_session() -> boto3.session.Session:
    """One for all clients: each session reads S3's description again."""
    return boto3.session.Session()


@cache
def botocores_client(endpoint: str, region: str, style: str, key: Credentials) -> Any:
    return botocores_session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=key.access_key,
        aws_secret_access_key=key.secret_key,
        aws_session_token=key.session_token,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": style},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def botocores_url(client: Any, at: datetime, operation: str, seconds: int, **params: Any) -> str:
    with patch("botocore.auth.get_current_datetime", lambda: at.replace(tzinfo=None)):
        url: str = client.generate_presigned_url(operation, Params=params, ExpiresIn=seconds)
    return url


def presigner(
    endpoint: str = "https://storage.example",
    region: str = "us-east-1",
    style: str = "path",
    key: Credentials = KEY,
    at: datetime = NOW,
) -> Presigner:
    return Presigner(Endpoint.at(endpoint, style), region, lambda: key, lambda: at)


def part_url(signer: Presigner, seconds: int = 60) -> str:
    return signer.sign_parts(AT, "id", [PartToSign(1, 5)], seconds).urls[0]


def botocores_part_url(key: Credentials, at: datetime, seconds: int = 60) -> str:
    client = botocores_client("https://storage.example", "us-east-1", "path", key)
    params: dict[str, Any] = {"UploadId": "id", "PartNumber": 1, "ContentLength": 5}
    return botocores_url(client, at, "upload_part", seconds, Bucket=AT.bucket, Key=AT.object_key, **params)
