"""The upload key on stores with policies: it signs the URLs of parts, and can do nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from service.admin.doctor.finding import OK, CheckContext, http
from service.admin.doctor.storage import keys
from service.settings import Settings
from tests.support.documents import block_of
from tests.support.live.client import SECONDS, put
from tests.support.live.stack import Stack
from tools.stack.stores.ceph import Ceph
from tools.stack.stores.ministack import MiniStack

USER = "longshore-upload"
BODY = b"bytes" * 1000


def for_buckets_of(stack: Stack, policy: str) -> str:
    return policy.replace("example-uploads-private", stack.settings.s3_private_bucket)


@pytest.fixture(scope="module")
def upload_key(stack: Stack) -> Iterator[dict[str, str]]:
    """The settings of a key that docs/recipes/storage.md has made, once the cron process has tried one PUT with it."""
    store = stack.parts["storage"]
    if isinstance(store, MiniStack):
        policy = for_buckets_of(stack, block_of("AWS' policy of the upload key"))
        access, secret = store.make_key(USER, json.loads(policy))
    elif isinstance(store, Ceph) and stack.store == "ceph":
        access, secret = store.make_user(USER, "--max-buckets=-1")
        policy = for_buckets_of(stack, block_of("Ceph's policy of the upload key"))
        stack.s3.put_bucket_policy(Bucket=stack.settings.s3_private_bucket, Policy=policy)
    else:
        pytest.skip("this store has no policies here")
    own = {"S3_UPLOAD_ACCESS_KEY": access, "S3_UPLOAD_SECRET_KEY": secret}
    with stack.tried_with(**own):
        yield own


@pytest.mark.parametrize("one_put", [True, False], ids=["one PUT", "a part"])
def test_the_upload_key_can_upload_parts_and_nothing_else(
    stack: Stack, upload_key: dict[str, str], one_put: bool
) -> None:
    """On Ceph an object belongs to the user that stores it, so the service could not read an object of one PUT."""
    source = {"Bucket": stack.settings.s3_private_bucket, "Key": "anothers"}
    stack.s3.put_object(**source, Body=b"not yours")
    with stack.second_api(**upload_key) as client:
        opened = client.init(size=len(BODY)) if one_put else client.init_part(len(BODY))
        [chunk] = opened["chunks"]
        assert ("if-none-match" in chunk["headers"]) is (one_put and stack.store != "ceph")
        assert f"X-Amz-Credential={upload_key['S3_UPLOAD_ACCESS_KEY']}%2F" in chunk["url"]
        unsigned = chunk["headers"] | {"x-amz-copy-source": "/".join(source.values())}
        copied = requests.put(chunk["url"], data=BODY, headers=unsigned, timeout=SECONDS)
        assert 400 <= copied.status_code < 500, copied.text
        assert put(chunk, BODY).status_code == 200
        file = client.complete(**client.completion(opened, BODY))
        assert client.download(client.wait_ready(file["id"])).content == BODY
    stack.s3.delete_object(**source)
    context = CheckContext(stack.deps_under(Settings.from_env(stack.env | upload_key)), stack.s3, http)
    assert keys.upload_key(context).status == OK
