"""Candidates for adoption: the object under a key, why some cannot be adopted, and their names and types as files."""

from __future__ import annotations

from urllib.parse import quote

from service.db.models import File
from service.deps import Deps
from service.domain.files.disposition import without_hidden
from service.domain.files.replaced import REASON as REPLACED
from service.errors import ServiceError, StorageRefusedError
from service.limits import MAX_CONTENT_TYPE, MAX_NAME_LENGTH, MAX_OBJECT_KEY
from service.settings import Settings
from service.values import ListedObject, Location, StoredObject, same_etag
from service.values.formats.media_types import OPAQUE_TYPE, normalized
from service.values.object_keys import is_ours
from service.values.states import Verdict

FOLDER = "It marks a folder, and has no bytes."
DOTS = "Its key has an empty part, `.` or `..`, which browsers or proxies remove from links."
NUL = "Its key contains the character NUL, which no URL can have."
LONG_KEY = f"Its key has more than {MAX_OBJECT_KEY} bytes."
OURS = "Its key is in the format of this service's own objects."
GONE = "It was deleted meanwhile."
ARCHIVED = "It is archived: storage cannot return its bytes."
"""Why an object is skipped."""
MAX_LINK = 6_500
"""Characters of key and name in a link: with the rest of it, less than the 8 KiB of most servers and proxies."""
_ARCHIVES = {"GLACIER", "DEEP_ARCHIVE"}
"""Storage classes whose objects have no bytes until they are restored
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html)."""
Looked = StoredObject | ServiceError | str
"""An object in storage, storage's failure to show it, or why it cannot be adopted."""


def refusal_of_key(settings: Settings, bucket: str, object_key: str, size: int | None = None) -> str | None:
    """Return why an object with this key cannot be adopted, None if it can. size: if it is known."""
    if not object_key or (object_key.endswith("/") and size == 0):
        return FOLDER
    # one that ends with a slash may still turn out to be a folder
    parts = (object_key.removesuffix("/") if size is None else object_key).split("/")
    if not {"", ".", ".."}.isdisjoint(parts):
        return DOTS
    if len(object_key.encode()) > MAX_OBJECT_KEY:
        return LONG_KEY
    if "\0" in object_key:
        return NUL
    own_buckets = (settings.s3_private_bucket, settings.s3_public_bucket)
    return OURS if bucket in own_buckets and is_ours(object_key) else None


def is_unchanged(file: File, found: StoredObject | ListedObject) -> bool:
    """Whether an adopted file has this object, and is neither withdrawn nor without a verdict permanently.

    A list has no versions; the version counts where it is known.
    """
    is_stuck = file.quarantine_reason == REPLACED or (
        file.virus_scan_status == Verdict.ERROR and file.scan_due_at is None and file.quarantine_reason is None
    )
    same = file.size == found.size and same_etag(file.etag, found.etag)
    is_other_version = isinstance(found, StoredObject) and file.version_id not in {None, found.version_id}
    return same and not is_stuck and not is_other_version


def look_at(deps: Deps, bucket: str, object_key: str, size: int | None = None) -> Looked:
    """Return the object as storage has it now, or why it cannot be adopted. Raises StorageUnavailableError.

    size: as listed, if it was.
    """
    refusal = refusal_of_key(deps.settings, bucket, object_key, size)
    if refusal is not None:
        return refusal
    try:
        found = deps.storage.head(Location(bucket, object_key))
    except StorageRefusedError as error:
        return error
    if found is None:
        return GONE
    if _is_archived(found):
        return ARCHIVED
    return refusal_of_key(deps.settings, bucket, object_key, found.size) or found


def filename_of(object_key: str) -> str:
    """Return the name of an adopted file: what follows the last slash of its key, at most its last 255 characters.

    A link contains both, the name encoded twice: fewer characters if it would be longer than proxies accept.
    """
    name = without_hidden(object_key.rpartition("/")[2]).strip()[-MAX_NAME_LENGTH:]
    room = MAX_LINK - len(quote(object_key))
    while len(quote(quote(name))) > room:
        name = name[1:]
    return name or "file"


def content_type_of(found: StoredObject) -> str:
    """Return the content type from storage, `application/octet-stream` if it is no type or too long."""
    kind = normalized(found.content_type)
    return kind if len(kind) <= MAX_CONTENT_TYPE else OPAQUE_TYPE


def _is_archived(found: StoredObject) -> bool:
    is_restored = 'ongoing-request="false"' in found.headers.get("x-amz-restore", "")
    return found.headers.get("x-amz-storage-class") in _ARCHIVES and not is_restored
