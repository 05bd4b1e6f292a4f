"""The contents of database, storage and queue, and the check that they are consistent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from service.db.models import File, PendingDeletion, Upload
from service.deps import utc_now
from service.limits import SLOW_PUT
from service.values import ONE_PUT
from service.values.states import PendingKind, Verdict
from tests.support.live.client import DONE
from tests.support.live.stack import Stack

UNJUDGED = {Verdict.PENDING, Verdict.SCANNING}
FAR = SLOW_PUT - timedelta(hours=1)
"""A deletion that is due so much later waits for late PUTs. All others are due, or tried again, within hours."""


@dataclass(frozen=True)
class Ledger:
    """Rows by id; objects as (bucket, key); open multipart uploads as (bucket, key, storage's upload id)."""

    uploads: dict[str, Upload] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    removals: dict[int, PendingDeletion] = field(default_factory=dict)
    objects: set[tuple[str, str]] = field(default_factory=set)
    open_uploads: set[tuple[str, str, str]] = field(default_factory=set)

    def since(self, before: Ledger) -> Ledger:
        """Return what was added since then: the rest belongs to other tests."""
        return Ledger(
            uploads={row_id: row for row_id, row in self.uploads.items() if row_id not in before.uploads},
            files={row_id: row for row_id, row in self.files.items() if row_id not in before.files},
            removals={row_id: row for row_id, row in self.removals.items() if row_id not in before.removals},
            objects=self.objects - before.objects,
            open_uploads=self.open_uploads - before.open_uploads,
        )


def look(stack: Stack) -> Ledger:
    """Return the current contents of every bucket of the account; of a shared one, only our two."""
    rows = look_at_rows(stack)
    objects, open_uploads = set(), set()
    for bucket in _buckets(stack):
        for page in stack.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            objects |= {(bucket, item["Key"]) for item in page.get("Contents", [])}
        open_uploads |= {(bucket, up.object_key, up.storage_upload_id) for up in stack.storage.open_uploads(bucket)}
    return replace(rows, objects=objects, open_uploads=open_uploads)


def look_at_rows(stack: Stack) -> Ledger:
    """Return the database's contents, without storage, which is much slower to read."""
    with stack.db.read() as session:
        rows: list[dict[Any, Any]] = [
            {row.id: row for row in session.scalars(select(model))} for model in (Upload, File, PendingDeletion)
        ]
    return Ledger(*rows)


def _buckets(stack: Stack) -> list[str]:
    if stack.store == "given":
        return [stack.settings.s3_private_bucket, stack.settings.s3_public_bucket]
    return [found["Name"] for found in stack.s3.list_buckets()["Buckets"]]


def faults(stack: Stack, before: Ledger, file_ids: set[str]) -> list[str]:
    """Return a sentence for each inconsistency when no work is left; empty if there is none.

    file_ids: exactly the files that the client was promised.
    """
    if under_way := _under_way(look_at_rows(stack).since(before)):
        return under_way
    now = look(stack).since(before)
    wrong = [f"file {file_id} is lost" for file_id in file_ids - now.files.keys()]
    wrong += [f"file {file_id} was never promised" for file_id in now.files.keys() - file_ids]
    wrong += _under_way(now)
    return wrong + _faults_of_uploads(stack, now) + _faults_of_files(stack, now) + _faults_of_storage(stack, now)


def _under_way(now: Ledger) -> list[str]:
    """Return the work that is still due by the database alone."""
    removals = [row for row in now.removals.values() if not _waits_for_late_puts(row, now)]
    owed = [f"pending deletion: {row.kind} {row.bucket}/{row.object_key}" for row in removals]
    return owed + [
        f"file {file.id} is {file.virus_scan_status}"
        for file in now.files.values()
        if file.virus_scan_status in UNJUDGED
    ]


def _waits_for_late_puts(row: PendingDeletion, now: Ledger) -> bool:
    """Whether this deletion belongs to one PUT whose URL may still be valid; a deleted file has no upload any more."""
    others = {upload.object_key for upload in now.uploads.values() if upload.storage_upload_id != ONE_PUT}
    is_later = row.attempts == 0 and row.due_at > utc_now() + FAR
    return row.kind == PendingKind.OBJECT and is_later and row.object_key not in others


def _faults_of_uploads(stack: Stack, now: Ledger) -> list[str]:
    """Check that every upload is open in storage, or a file, or ended with a reason."""
    wrong = []
    recorded = {file.upload_id for file in now.files.values()}
    for upload in now.uploads.values():
        place = (stack.settings.s3_private_bucket, upload.object_key, upload.storage_upload_id)
        match upload.state:
            case "uploading":
                is_open = place in now.open_uploads or upload.storage_upload_id == ONE_PUT
                wrong += [] if is_open else [f"upload {upload.id} is not open in storage"]
            case "completed":
                wrong += [] if upload.id in recorded else [f"upload {upload.id} has no file"]
            case "expired":
                wrong += [] if upload.failure_reason else [f"upload {upload.id} has ended without a reason"]
            case "aborted":  # an abort by the client needs no reason
                stage = stack.client.status(upload.file_id)["stage"]
                wrong += [] if stage == "aborted" else [f"aborted upload {upload.id} is said to be {stage}"]
            case other:
                wrong.append(f"upload {upload.id} is still {other}")
    return wrong


def _faults_of_files(stack: Stack, now: Ledger) -> list[str]:
    """Check that every file has a verdict, its own object and a completed upload, and no job."""
    wrong = []
    places = Counter((file.bucket, file.object_key) for file in now.files.values())
    wrong += [f"{place} is of {count} files" for place, count in places.items() if count > 1]
    for file in now.files.values():
        stage = stack.client.status(file.id)["stage"]
        wrong += [] if stage in DONE else [f"file {file.id} is {stage}"]
        wrong += [f"file {file.id} still has a job"] if stack.queue.has_live_scan(file.id) else []
        wrong += [] if (file.bucket, file.object_key) in now.objects else [f"file {file.id} has no object"]
        upload = now.uploads.get(file.upload_id)
        wrong += [] if upload and upload.state == "completed" else [f"file {file.id} has no completed upload"]
    return wrong


def _faults_of_storage(stack: Stack, now: Ledger) -> list[str]:
    """Check that storage has no orphans."""
    files = {(file.bucket, file.object_key) for file in now.files.values()}
    bucket = stack.settings.s3_private_bucket
    # the object of an open upload by one PUT is its only part
    files |= {
        (bucket, upload.object_key)
        for upload in now.uploads.values()
        if upload.state == "uploading" and upload.storage_upload_id == ONE_PUT
    }
    uploads = {
        (bucket, upload.object_key, upload.storage_upload_id)
        for upload in now.uploads.values()
        if upload.state == "uploading"
    }
    wrong = [f"object without a file: {place}" for place in now.objects - files]
    return wrong + [f"multipart upload without an upload: {place}" for place in now.open_uploads - uploads]
