"""A fake rclone: `sync --metadata storage:BUCKET backup:BUCKET`, both remotes on the storage of the S3_… variables.

A copy is a new object, sent in one piece, so its ETag differs if the original was sent in parts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from service.settings import Settings
from service.storage.client import make_client
from service.storage.s3 import Storage

SUFFIX = {"storage": "", "backup": "-backup"}
"""The suffix of a bucket's name at each remote."""


def main() -> None:
    command, source, target = [word for word in sys.argv[1:] if word != "--metadata"]
    assert command == "sync"
    assert "--metadata" in sys.argv
    settings = Settings.from_env()
    s3 = make_client(settings, settings.s3_endpoint_url)
    sync(s3, bucket_of(source), bucket_of(target))


def bucket_of(place: str) -> str:
    remote, _, bucket = place.partition(":")
    return bucket + SUFFIX[remote]


def sync(s3: Any, source: str, target: str) -> None:
    Storage(s3).ensure_bucket(target)
    wanted = set(keys(s3, source))
    for key in sorted(set(keys(s3, target)) - wanted):
        s3.delete_object(Bucket=target, Key=key)
    for key in sorted(wanted):
        found = s3.get_object(Bucket=source, Key=key)
        kept = {name: found[name] for name in ("ContentType", "ContentDisposition", "Metadata") if name in found}
        s3.put_object(Bucket=target, Key=key, Body=found["Body"].read(), **kept)


def keys(s3: Any, bucket: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from (each["Key"] for each in page.get("Contents", []))


if __name__ == "__main__":
    main()
