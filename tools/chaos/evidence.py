"""The state after the run: the responses of the service, the rows, the objects in storage, and the jobs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError
from rq.job import Job
from sqlalchemy import select

from service.db.models import File, PendingDeletion, Upload
from service.storage.replies import NotThereError
from service.values import ONE_PUT, Location
from service.values.object_keys import QUARANTINE
from tools.api_calls import Answer, Caller
from tools.chaos.ledger import Attempt, Entry, Ledger
from tools.chaos.rig import Rig
from tools.chaos.settle import live_jobs

THREADS = 4
Place = tuple[str, str]
"""Bucket and key."""


@dataclass(frozen=True)
class Shown:
    """The responses of the service about one file id. sha256: of the download, None without a link or without bytes."""

    code: int
    stage: str = ""
    verdict: str = ""
    size: int | None = None
    link: bool = False
    sha256: str | None = None
    summary: str = ""


@dataclass
class Evidence:
    """The whole state.

    multiparts: bucket, key and storage's id of open multipart uploads. stored: SHA-256 of the object of each file id.
    listed: the ids in the list of all files. jobs: ids of jobs that wait, run, or never expire.
    """

    private_bucket: str
    public_bucket: str
    uploads: dict[str, Upload] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    pending_deletions: list[PendingDeletion] = field(default_factory=list)
    objects: set[Place] = field(default_factory=set)
    multiparts: set[tuple[str, str, str]] = field(default_factory=set)
    stored: dict[str, str | None] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)


def gather(rig: Rig, ledger: Ledger) -> Evidence:
    """Collect the whole state. All parts must be running."""
    found = Evidence(*rig.buckets)
    with rig.db.read() as session:
        found.uploads = {row.id: row for row in session.scalars(select(Upload))}
        found.files = {row.id: row for row in session.scalars(select(File))}
        found.pending_deletions = list(session.scalars(select(PendingDeletion)))
    attempts = [attempt for entry in ledger.entries for attempt in entry.attempts]
    with ThreadPoolExecutor(THREADS) as pool:
        found.objects = _objects(rig, pool, found, attempts)
        found.multiparts = _multiparts(rig, pool, found, attempts)
        hashes = pool.map(lambda file: _stored_sha256(rig, file), found.files.values())
        found.stored = dict(zip(found.files, hashes, strict=True))
        owned = [(entry, attempt.file_id) for entry in ledger.entries for attempt in entry.attempts]
        shown = pool.map(lambda pair: _show(Caller(rig.api.url), *pair), owned)
        found.shown = dict(zip((file_id for _, file_id in owned), shown, strict=True))
    found.listed = _listed(Caller(rig.api.url))
    found.jobs = live_jobs(rig) + _jobs_without_expiry(rig)
    return found


def _objects(rig: Rig, pool: ThreadPoolExecutor, found: Evidence, attempts: Iterable[Attempt]) -> set[Place]:
    """Return the objects that exist, by a request for each: the lists of a Swift that was killed may be wrong."""
    keys = {row.object_key for row in found.uploads.values()} | {row.object_key for row in found.files.values()}
    keys |= {attempt.object_key for attempt in attempts if attempt.object_key}
    keys |= {QUARANTINE + key for key in keys}
    candidates = {(bucket, key) for bucket in rig.buckets for key in keys}
    for bucket in rig.buckets:
        pages = rig.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        candidates |= {(bucket, item["Key"]) for page in pages for item in page.get("Contents", [])}
    heads = pool.map(lambda place: rig.storage.head(Location(*place)) is not None, candidates)
    return {place for place, exists in zip(candidates, heads, strict=True) if exists}


def _multiparts(
    rig: Rig, pool: ThreadPoolExecutor, found: Evidence, attempts: Iterable[Attempt]
) -> set[tuple[str, str, str]]:
    """Return the open multipart uploads: listed or known ones whose parts storage can list.

    Swift can still list the parts of a known one that has become an object; that one is not open.
    """
    private = found.private_bucket
    known = [
        (row.object_key, row.storage_upload_id) for row in found.uploads.values() if row.storage_upload_id != ONE_PUT
    ]
    known += [(one.object_key or "", one.storage_upload_id) for one in attempts]
    candidates = {(private, key, number) for key, number in known if number and (private, key) not in found.objects}
    for bucket in rig.buckets:
        pages = rig.s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket)
        candidates |= {(bucket, up["Key"], up["UploadId"]) for page in pages for up in page.get("Uploads", [])}

    def is_open(one: tuple[str, str, str]) -> bool:
        try:
            rig.storage.list_parts(Location(one[0], one[1]), one[2])
        except NotThereError:
            return False
        return True

    return {one for one, still_open in zip(candidates, pool.map(is_open, candidates), strict=True) if still_open}


def _stored_sha256(rig: Rig, file: File) -> str | None:
    try:
        body = rig.s3.get_object(Bucket=file.bucket, Key=file.object_key)["Body"]
    except ClientError:
        return None
    digest = hashlib.sha256()
    for piece in body.iter_chunks(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


def _show(caller: Caller, entry: Entry, file_id: str) -> Shown:
    """Call /get and /status for one id, and download its link."""
    credential = entry.plan.credential
    got = caller.ask("GET", f"/get/{file_id}", credential=credential)
    status = caller.ask("GET", f"/status/{file_id}", credential=credential)
    file: dict[str, Any] = got.data if got.ok else {}
    link = file.get("download_url")
    content = caller.download(link) if link else None
    return Shown(
        code=got.status,
        stage=_stage(status),
        verdict=file.get("virus_scan_status", ""),
        size=file.get("size"),
        link=bool(link),
        sha256=hashlib.sha256(content).hexdigest() if content is not None else None,
        summary=f"get: {got}; status: {status}",
    )


def _stage(status: Answer) -> str:
    return str(status.data["stage"]) if status.ok else ""


def _listed(caller: Caller) -> list[str]:
    """Return the ids of all pages of /all, with duplicates."""
    ids: list[str] = []
    cursor = ""
    while True:
        page = caller.data("GET", f"/all?limit=200{cursor}")
        ids += [item["id"] for item in page["items"]]
        if not page["next_cursor"]:
            return ids
        cursor = f"&cursor={page['next_cursor']}"


def _jobs_without_expiry(rig: Rig) -> list[str]:
    """Return the jobs that Redis keeps without an expiry and that no queue contains any more."""
    keys = [key.decode() for key in rig.redis.scan_iter(f"{Job.redis_job_namespace_prefix}*")]
    return [key for key in keys if key.count(":") == 2 and rig.redis.ttl(key) == -1]
