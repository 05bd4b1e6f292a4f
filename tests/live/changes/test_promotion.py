"""S3_PUBLIC_BASE_URL is added and removed again, with a file in each state: every file is served all the time."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests
from sqlalchemy import delete

from jobs.prepare import prepare
from service.db.models import Fact, File
from tests.support.live.client import Client, random_bytes
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tools.stack.servers.clamd import eicar

BUCKETS = {"S3_PRIVATE_BUCKET": "longshore-promotion-private", "S3_PUBLIC_BUCKET": "longshore-promotion-public"}
CREDENTIAL = {"pin": "1"}
ANYONE_MAY_READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::PUBLIC/*"}],
}


def open_public_bucket(stack: Stack) -> bool:
    """Let anyone read its objects; False if the store has no policies (Swift)."""
    public = stack.settings.s3_public_bucket
    if stack.store == "swift":
        return False
    policy = json.dumps(ANYONE_MAY_READ).replace("PUBLIC", public)
    stack.s3.put_bucket_policy(Bucket=public, Policy=policy)
    return True


def wait_plain(client: Client, file_id: str) -> str:
    """Wait for the file's permanent link; until then it has another one."""
    shown = eventually(lambda: client.get(file_id), lambda now: now["download_url"] and not now["download_expires_at"])
    return str(shown["download_url"])


@pytest.fixture
def alone(stack: Stack) -> Iterator[Stack]:
    """The service on buckets without the files of other tests, which would be promoted too."""
    with stack.changed(**BUCKETS):
        prepare(stack.deps)
        with stack.db.write() as session:
            session.execute(delete(Fact).where(Fact.name == "sweep.promotions"))
        yield stack


def test_files_are_served_while_the_setting_is_added_and_removed(alone: Stack) -> None:
    stack, client = alone, alone.client
    private, public = stack.settings.s3_private_bucket, stack.settings.s3_public_bucket
    base = f"{stack.settings.s3_endpoint_url}/{public}"
    is_open = open_public_bucket(stack)
    body = random_bytes(1000)
    clean, sealed = client.ready(body, filename="a.txt"), client.ready(body, credential=CREDENTIAL)
    infected, opened = client.upload(eicar()), client.send(body)
    client.wait_stage(infected["id"], "quarantined")
    stack.worker.stop()
    waiting = client.upload(body)
    old_link = client.get(clean["id"])["download_url"]

    with stack.changed(S3_PUBLIC_BASE_URL=base):
        client.complete(**client.completion(opened, body))
        late = client.wait_ready(opened["file_id"])
        for file in (clean, waiting, late):
            plain = f"{base}/{file['path'].partition('/')[2]}"
            assert wait_plain(client, file["id"]) == plain
            if is_open:
                download = requests.get(plain, timeout=10)
                assert (download.content, download.headers["Content-Type"]) == (body, "application/octet-stream")
        assert client.download(client.get(sealed["id"], CREDENTIAL)).content == body
        eventually(lambda: requests.get(old_link, timeout=10).status_code, lambda status: status != 200)

    # links are signed again, from where the objects are
    new = client.ready(body)
    places = {file["id"]: private for file in (sealed, new)} | {file["id"]: public for file in (clean, waiting, late)}
    for file_id, bucket in places.items():
        shown = client.get(file_id, CREDENTIAL)
        assert (stack.row(File, file_id).bucket, "X-Amz-Signature=" in shown["download_url"]) == (bucket, True)
        assert client.download(shown).content == body
        key = shown["path"].partition("/")[2]
        assert eventually(lambda key=key: stack.buckets_of(key), lambda found: len(found) == 1) == [bucket]
    assert client.get(infected["id"])["download_url"] is None
