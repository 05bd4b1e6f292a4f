"""Recover the rows of files from their objects, after the database was lost or restored from a backup.

An object is without a row if no file, upload or pending deletion has its key; or if the upload with its key is open or
expired: then it only has an object if the database is older, or if one PUT made it and its completion never came.
Under a prefix that no policy has today, it also has recovery metadata; otherwise it belongs to another program.
Recovered files are scanned before they are served, and objects in quarantine stay blocked. Each file is one transaction
(`service.domain.repair.rebuild`), so this can be stopped and run again at any point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from service.db.models import File
from service.db.statements.files.files import remove_credential_hash
from service.db.statements.objects.keys import KnownUpload, keys_of_pending_deletions, places_of, uploads_of_keys
from service.deps import Deps
from service.domain.files.credentials import SEALED
from service.domain.records.objects.moves import add_pending_deletion
from service.domain.records.objects.recovery_metadata import read_recovery_metadata
from service.domain.repair.rebuild import Found, add_file, file_of, follow
from service.policy_file import storage_prefixes
from service.values import ONE_PUT, ListedObject, Location, Recovered
from service.values.formats.ids import is_id
from service.values.object_keys import QUARANTINE, UPLOAD, id_in, is_prefix, prefix_of, upload_key
from service.values.states import REPAIR_UPLOAD_STEPS, PendingKind, UploadState, origins

PAGE = 500
"""Objects in memory at a time."""
AT_ONCE = 8
"""Objects to request in parallel."""
COMPLETED_WITHIN = timedelta(hours=1)
"""Time after which an object of one PUT is recovered: a client completes its upload at once."""
FORGOTTEN = origins(REPAIR_UPLOAD_STEPS, UploadState.COMPLETED)
"""States in which an upload has no object, unless the database is older than the object."""


@dataclass(frozen=True)
class Place:
    """A place to search. rank: of several objects of one file, the one with the highest rank is used."""

    bucket: str
    prefix: str
    rank: int


def recover_files(deps: Deps, *, dry_run: bool, opened: bool) -> Iterator[Recovered]:
    """Search both buckets, a page at a time; yields the results of each page.

    opened: a file in the private bucket without a credential in its recovery metadata is public; otherwise it is
    sealed, as it may have had one.
    """
    for place in _places(deps):
        after: str | None = place.prefix or None
        while True:
            listed, after = deps.storage.objects_after(place.bucket, after, PAGE)
            own = [each for each in listed if _is_in(place, each.object_key)]
            if own:
                yield _recover_page(deps, place, own, dry_run=dry_run, opened=opened)
            if after is None or (place.prefix and not after.startswith(place.prefix)):
                break


def open_sealed(deps: Deps) -> int:
    """Make files public that were recovered without their credential; returns their number."""
    count = 0
    while True:
        with deps.db.write() as session:
            opened, is_last = remove_credential_hash(session, SEALED, PAGE)
        count += opened
        if is_last:
            return count


def _places(deps: Deps) -> list[Place]:
    """Searched in this order, so that of a file's several objects the most advanced one is used."""
    private, public = deps.settings.s3_private_bucket, deps.settings.s3_public_bucket
    return [Place(private, QUARANTINE, 2), Place(public, UPLOAD, 1), Place(private, UPLOAD, 0)]


def _is_in(place: Place, object_key: str) -> bool:
    own = object_key.removeprefix(place.prefix)
    return object_key.startswith(place.prefix) and is_id(id_in(own)) and is_prefix(prefix_of(own))


def _recover_page(
    deps: Deps, place: Place, listed: Sequence[ListedObject], *, dry_run: bool, opened: bool
) -> Recovered:
    own_keys = [upload_key(each.object_key) for each in listed]
    with deps.db.read() as session:
        files = places_of(session, [*own_keys, *(QUARANTINE + own for own in own_keys)])
        uploads = uploads_of_keys(session, own_keys)
        owed = keys_of_pending_deletions(
            session, PendingKind.OBJECT, place.bucket, [each.object_key for each in listed]
        )
    known = {upload_key(at.object_key): at for at in files}
    report = Recovered(looked_at=len(listed))
    free = {own: each for own, each in zip(own_keys, listed, strict=True) if each.object_key not in owed}
    of_files = [each for own, each in free.items() if own in known and known[own] != _at(place, each)]
    for found in _look_at(deps, place, of_files):
        _bring_together(deps, place, known[found.own_key], found, report, dry_run=dry_run)
    of_nobody = [each for own, each in free.items() if own not in uploads or _is_forgotten(deps, uploads[own], each)]
    prefixes = storage_prefixes(deps.settings.policies)
    for found in _look_at(deps, place, of_nobody):
        if not found.recovery and prefix_of(found.own_key) not in prefixes:
            continue  # of another program
        upload = uploads.get(found.own_key)
        file = file_of(deps, found, upload, opened=opened)
        if dry_run or add_file(deps, file, found.path_name(upload)):
            _count(report, file, found)
    return report


def _is_forgotten(deps: Deps, upload: KnownUpload, listed: ListedObject) -> bool:
    """Whether the database is older than the object; that of one PUT may be waiting for its completion."""
    waits = upload.storage_upload_id == ONE_PUT and listed.modified_at > deps.clock() - COMPLETED_WITHIN
    return upload.state in FORGOTTEN and not waits


def _bring_together(
    deps: Deps, place: Place, known_at: Location, found: Found, report: Recovered, *, dry_run: bool
) -> None:
    """Handle an object at another location than its file's: its own, a leftover of a move, or a move in progress."""
    stored = deps.storage.head(known_at)
    if stored is None:
        report.moved += dry_run or follow(deps, known_at, found)
    elif _rank(deps, known_at) > place.rank and stored.size == found.stored.size:
        report.left_over += 1
        if not dry_run:
            _add_pending_deletion(deps, found.at)


def _count(report: Recovered, file: File, found: Found) -> None:
    report.files += 1
    report.bytes += found.stored.size
    report.quarantined += found.in_quarantine
    report.sealed += file.credential_hash == SEALED
    report.without_metadata += not found.recovery


def _rank(deps: Deps, at: Location) -> int:
    """Return the rank of an object at a place; -1 for a foreign object."""
    ranks = [each.rank for each in _places(deps) if at.bucket == each.bucket and _is_in(each, at.object_key)]
    return ranks[0] if ranks else -1


def _at(place: Place, listed: ListedObject) -> Location:
    return Location(place.bucket, listed.object_key)


def _look_at(deps: Deps, place: Place, listed: Sequence[ListedObject]) -> list[Found]:
    """Request each object from storage; a missing one was just deleted."""
    places = [_at(place, each) for each in listed]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        stored = list(pool.map(deps.storage.head, places))
    return [
        Found(at, each.modified_at, there, read_recovery_metadata(deps.settings, at.object_key, there.metadata) or {})
        for at, each, there in zip(places, listed, stored, strict=True)
        if there is not None
    ]


def _add_pending_deletion(deps: Deps, at: Location) -> None:
    """Whether the object is the leftover of an interrupted move."""
    with deps.db.write() as session:
        add_pending_deletion(session, deps, at)
