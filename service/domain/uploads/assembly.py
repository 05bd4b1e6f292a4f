"""Let storage assemble an object from an upload's parts, and wait until it shows the object."""

from __future__ import annotations

from datetime import timedelta

from service.crashpoints import reach
from service.deps import Deps
from service.domain.uploads.claims import Claimed, listed_parts
from service.domain.uploads.failed_completions import CannotCompleteError, StillOpenError, begun_at
from service.domain.uploads.uploads import place_of
from service.domain.uploads.verification import fingerprint
from service.errors import SizeMismatchError, StorageRefusedError, StorageUnavailableError
from service.observability.logs import get_logger
from service.storage.replies import NotThereError, PartsRefusedError
from service.values import StoredObject

log = get_logger(__name__)

WAITS = (0.5, 2.0)
"""Pauses in seconds before asking storage again, about parts that it refused but lists, or about a missing object."""
LOST_AFTER = timedelta(hours=1)
"""For how long storage may show neither parts nor object before a completion is aborted."""


def assemble_object(deps: Deps, claimed: Claimed) -> StoredObject:
    """Let storage assemble the object from exactly the claimed parts, and return it; idempotent.

    Raises StillOpenError if storage refuses it, StorageUnavailableError if the result is unknown, and
    CannotCompleteError if storage has lost it.
    """
    is_confirmed = bool(claimed.parts) and _complete(deps, claimed, WAITS)
    reach("complete.storage_done")
    return _shown_object(deps, claimed, is_confirmed=is_confirmed)


def _complete(deps: Deps, claimed: Claimed, waits: tuple[float, ...]) -> bool:
    """Whether storage confirms that it just assembled the object; False if it has no such upload (any more)."""
    upload = claimed.upload
    at, storage_upload_id = place_of(deps, upload), upload.storage_upload_id or ""
    try:
        deps.storage.complete_upload(at, storage_upload_id, claimed.parts, upload.checksum_algorithm)
    except NotThereError:
        log.info("completion_found_done", upload_id=upload.id)
        return False
    except PartsRefusedError as error:
        if waits and error.passes and _are_still_there(deps, claimed):
            deps.pause(waits[0])
            return _complete(deps, claimed, waits[1:])
        message = f"Storage refused the parts ({error}). Upload the chunks again, then complete."
        raise StillOpenError(SizeMismatchError(message)) from error
    except StorageRefusedError as error:
        # the parts are unchanged: when the cause is gone, the client can complete or abort
        log.warning("completion_refused", upload_id=upload.id, code=error.extra["storage_code"])
        raise StillOpenError(error) from None
    return True


def _are_still_there(deps: Deps, claimed: Claimed) -> bool:
    """Whether storage lists exactly these parts, or none any more because it was already completed."""
    found = listed_parts(deps, claimed.upload)
    return found is None or fingerprint(found) == fingerprint(claimed.parts)


def _shown_object(deps: Deps, claimed: Claimed, *, is_confirmed: bool) -> StoredObject:
    """Return the assembled object, which some stores show only after a moment.

    Raises StorageUnavailableError while it is missing: the upload stays `completing`, and nothing is deleted. Only if
    storage did not confirm it just now, and has shown neither parts nor object for LOST_AFTER, it is lost.
    """
    upload = claimed.upload
    for wait in (*WAITS, None):
        stored = deps.storage.head(place_of(deps, upload))
        if stored is not None:
            return stored
        if wait is not None:
            deps.pause(wait)
    if not is_confirmed and deps.clock() - begun_at(upload) >= LOST_AFTER:
        raise CannotCompleteError("storage has neither the parts nor the object", with_object=False)
    log.warning("completed_object_not_shown", upload_id=upload.id)
    raise StorageUnavailableError("Storage does not return the completed object yet. Complete again in a moment.")
