"""Buckets with versions: links lead to the version that was scanned, and deletions remove all versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from botocore.exceptions import ClientError

from jobs.prepare import prepare
from service.db.models import File
from service.settings import Settings
from tests.support.live.client import FILE, Client, random_bytes
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tools.stack.servers.app import Worker
from tools.stack.servers.clamd import eicar

BODY = random_bytes(1000)
BUCKETS = {"S3_PRIVATE_BUCKET": "longshore-versions-private", "S3_PUBLIC_BUCKET": "longshore-versions-public"}


class Versioned(NamedTuple):
    """The service on buckets that keep versions."""

    stack: Stack
    client: Client

    def versions(self) -> list[tuple[str, str]]:
        """(bucket, key) of every version and delete marker that there is."""
        found = []
        for bucket in BUCKETS.values():
            reply = self.stack.s3.list_object_versions(Bucket=bucket)
            listed = [*reply.get("Versions", []), *reply.get("DeleteMarkers", [])]
            found += [(bucket, each["Key"]) for each in listed]
        return found


@pytest.fixture(scope="module")
def versioned(stack: Stack) -> Iterator[Versioned]:
    prepare(stack.deps_under(Settings.from_env(stack.env | BUCKETS)))
    for bucket in BUCKETS.values():
        try:
            stack.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        except ClientError as error:
            pytest.skip(f"{stack.store} keeps no versions: {error}")
    worker = Worker(stack.folder / "versions", stack.env | BUCKETS)
    with stack.without(stack.cron), stack.without(stack.worker), stack.second_api(**BUCKETS) as client:
        worker.start()
        yield Versioned(stack, client)
        worker.stop()


@pytest.mark.parametrize("credential", [None, {"pin": "1"}], ids=["public", "private"])
def test_an_overwritten_object_is_still_served_as_scanned(
    versioned: Versioned, credential: dict[str, str] | None
) -> None:
    stack, client = versioned.stack, versioned.client
    file_id = client.ready(BODY, credential=credential)["id"]
    row = stack.row(File, file_id)
    stack.s3.put_object(Bucket=row.bucket, Key=row.object_key, Body=b"another")
    file = client.get(file_id, credential)
    assert f"versionId={row.version_id}" in file["download_url"]
    assert client.download(file).content == BODY
    headers = {"X-File-Credential": '{"pin": "1"}'}
    assert client.request("DELETE", f"{FILE}/{file_id}", headers=headers).status_code == 200
    eventually(versioned.versions, lambda left: left == [])


def test_a_virus_leaves_no_version_outside_quarantine(versioned: Versioned) -> None:
    file_id = versioned.client.upload(eicar())["id"]
    versioned.client.wait_stage(file_id, "quarantined")
    key = f"quarantine/{versioned.stack.object_key(versioned.stack.row(File, file_id).upload_id)}"
    eventually(versioned.versions, lambda left: left == [(BUCKETS["S3_PRIVATE_BUCKET"], key)])
    versioned.client.data("DELETE", f"{FILE}/{file_id}")
    eventually(versioned.versions, lambda left: left == [])
