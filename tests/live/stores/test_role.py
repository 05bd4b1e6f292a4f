"""Storage credentials from a role, as on AWS, with a store that checks session tokens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from service.db.models import Upload
from service.deps import utc_now
from service.storage.presign import Credentials, Endpoint, Presigner
from service.values import ONE_PUT, Location, PartToSign
from tests.support.live.client import put
from tests.support.live.stack import Stack
from tests.support.storage.role import RoleEndpoint, nothing_found

BODY = b"bytes" * 1000


@pytest.fixture
def stack(ministack_stack: Stack) -> Stack:
    """On the one store here that has an STS, and holds requests to the token of a temporary key."""
    return ministack_stack


def temporary_key(stack: Stack) -> Credentials:
    """A new one of STS, good for an hour."""
    settings = stack.settings
    sts: Any = boto3.session.Session().client(
        "sts",
        endpoint_url=settings.s3_endpoint_url,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key,
        aws_secret_access_key=settings.s3_secret_key,
    )
    made = sts.get_session_token(DurationSeconds=3600)["Credentials"]
    sts.close()
    return Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], made["Expiration"])


def by_role(role: RoleEndpoint, folder: Path) -> dict[str, str]:
    """The environment of a service with the role and without a key."""
    no_key = {"S3_CREDENTIALS": "aws", "S3_ACCESS_KEY": "", "S3_SECRET_KEY": ""}
    return no_key | nothing_found(folder) | role.environment()


def without_token(stack: Stack, key: Credentials, opened: dict[str, Any]) -> str:
    """The first chunk's URL as it is signed by the same key, but for the token that goes with it."""
    settings, upload = stack.settings, stack.row(Upload, opened["upload_id"])
    endpoint = Endpoint.at(settings.s3_public_endpoint_url, settings.s3_addressing_style)
    presigner = Presigner(endpoint, settings.s3_region, lambda: replace(key, session_token=None), utc_now)
    at = Location(settings.s3_private_bucket, upload.object_key)
    if upload.storage_upload_id == ONE_PUT:
        return presigner.sign_put(at, len(BODY), opened["chunks"][0]["headers"], 60).url
    return presigner.sign_parts(at, upload.storage_upload_id, [PartToSign(1, len(BODY))], 60).urls[0]


@pytest.mark.parametrize("one_put", [True, False], ids=["one PUT", "a part"])
def test_a_file_is_uploaded_by_a_roles_temporary_key(stack: Stack, tmp_path: Path, one_put: bool) -> None:
    with RoleEndpoint() as role:
        role.key = temporary_key(stack)
        with stack.second_api(**by_role(role, tmp_path)) as client:
            opened = client.init(size=len(BODY)) if one_put else client.init_part(len(BODY))
            [chunk] = opened["chunks"]
            assert put(chunk, BODY, url=without_token(stack, role.key, opened)).status_code in {400, 403}
            assert put(chunk, BODY).status_code == 200
            file = client.complete(**client.completion(opened, BODY))
            assert client.download(client.wait_ready(file["id"])).content == BODY
    assert role.key.session_token
    assert role.key.session_token not in stack.logs()
