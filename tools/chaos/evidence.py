"""What there is in the end: as the service says, as the database holds it, and as storage really has it."""

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
from service.values import Location
from service.values.object_keys import QUARANTINE
from tools.api_calls import Answer, Caller
from tools.chaos.ledger import Attempt, Entry, Ledger
from tools.chaos.rig import Rig
from tools.chaos.settle import live_jobs

LOOKERS = 4
Place = tuple[str, str]
"""A bucket and a key."""


@dataclass(frozen=True)
class Shown:
    """What the service says of one file id. sha256: of what its link gives, None without a link or without bytes."""

    code: int
    stage: str = ""
    verdict: str = ""
    size: int | None = None
    link: bool = False
    sha256: str | None = None
    said: str = ""


@dataclass
class Evidence:
    """multiparts: bucket, key and storage's id of what storage holds open. stored: SHA-256 of the object of each file
    id, as storage has it. listed: the ids that the list of all files shows. jobs: ids that wait, run, or never end."""

    private_bucket: str
    public_bucket: str
    uploads: dict[str, Upload] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    removals: list[PendingDeletion] = field(default_factory=list)
    objects: set[Place] = field(default_factory=set)
    multiparts: set[tuple[str, str, str]] = field(default_factory=set)
    stored: dict[str, str | None] = field(default_factory=dict)
    shown: dict[str, Shown] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)


def gather(rig: Rig, ledger: Ledger) -> Evidence:
    """Look at everything. The parts have to be up."""
    found = Evidence(*rig.buckets)
    with rig.db.read() as session:
        found.uploads = {row.id: row for row in session.scalars(select(Upload))}
        found.files = {row.id: row for row in session.scalars(select(File))}
        found.removals = list(session.scalars(select(PendingDeletion)))
    attempts = [attempt for entry in ledger.entries for attempt in entry.attempts]
    with ThreadPoolExecutor(LOOKERS) as pool:
        found.objects = _objects(rig, pool, found, attempts)
        found.multiparts = _multiparts(rig, pool, found, attempts)
        hashes = pool.map(lambda file: _stored_sha256(rig, file), found.files.values())
        found.stored = dict(zip(found.files, hashes, strict=True))
        owned = [(entry, attempt.file_id) for entry in ledger.entries for attempt in entry.attempts]
        shown = pool.map(lambda pair: _show(Caller(rig.api.url), *pair), owned)
        found.shown = dict(zip((file_id for _, file_id in owned), shown, strict=True))
    found.listed = _listed(Caller(rig.api.url))
    found.jobs = live_jobs(rig) + _immortal_jobs(rig)
    return found


def _objects(rig: Rig, pool: ThreadPoolExecutor, found: Evidence, attempts: Iterable[Attempt]) -> set[Place]:
    """What is there when asked for by name: a killed Swift may list what is gone, or not list what is there."""
    keys = {row.object_key for row in found.uploads.values()} | {row.object_key for row in found.files.values()}
    keys |= {attempt.object_key for attempt in attempts if attempt.object_key}
    keys |= {QUARANTINE + key for key in keys}
    asked = {(bucket, key) for bucket in rig.buckets for key in keys}
    for bucket in rig.buckets:
        pages = rig.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        asked |= {(bucket, item["Key"]) for page in pages for item in page.get("Contents", [])}
    there = pool.map(lambda place: rig.storage.head(Location(*place)) is not None, asked)
    return {place for place, is_there in zip(asked, there, strict=True) if is_there}


def _multiparts(
    rig: Rig, pool: ThreadPoolExecutor, found: Evidence, attempts: Iterable[Attempt]
) -> set[tuple[str, str, str]]:
    """Multipart uploads that storage holds open: those it lists and those we know of, if it still knows their parts.

    Of one that we know of, but that has become an object, Swift still tells the parts: that one is not open.
    """
    private = found.private_bucket
    known = [(row.object_key, row.storage_upload_id) for row in found.uploads.values()]
    known += [(one.object_key or "", one.storage_upload_id) for one in attempts]
    asked = {(private, key, number) for key, number in known if number and (private, key) not in found.objects}
    for bucket in rig.buckets:
        pages = rig.s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket)
        asked |= {(bucket, up["Key"], up["UploadId"]) for page in pages for up in page.get("Uploads", [])}

    def is_open(one: tuple[str, str, str]) -> bool:
        try:
            rig.storage.list_parts(Location(one[0], one[1]), one[2])
        except NotThereError:
            return False
        return True

    return {one for one, still_open in zip(asked, pool.map(is_open, asked), strict=True) if still_open}


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
    """GET /get and /status of one id, and what its link gives."""
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
        said=f"get: {got}; status: {status}",
    )


def _stage(status: Answer) -> str:
    return str(status.data["stage"]) if status.ok else ""


def _listed(caller: Caller) -> list[str]:
    """Every id of GET /all, page by page, as often as it comes."""
    ids: list[str] = []
    cursor = ""
    while True:
        page = caller.data("GET", f"/all?limit=200{cursor}")
        ids += [item["id"] for item in page["items"]]
        if not page["next_cursor"]:
            return ids
        cursor = f"&cursor={page['next_cursor']}"


def _immortal_jobs(rig: Rig) -> list[str]:
    """Jobs that Redis keeps for ever: they have no end, and nothing waits for them any more."""
    keys = [key.decode() for key in rig.redis.scan_iter(f"{Job.redis_job_namespace_prefix}*")]
    return [key for key in keys if key.count(":") == 2 and rig.redis.ttl(key) == -1]
