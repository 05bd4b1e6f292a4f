"""Complete an upload by one PUT: one HEAD, and one transaction that also records the file.

Nothing needs to be assembled, so the upload is never `completing`: a crash leaves it open, or completed with its file.
"""

from __future__ import annotations

from service.crashpoints import reach
from service.db.models import File, Upload
from service.db.session import Session
from service.db.statements.transitions.uploads import complete_at_once
from service.deps import Deps
from service.domain.accounts.assignable import what_is_gone
from service.domain.accounts.quota import in_quota, reserve
from service.domain.records.objects.packed_parts import pack_parts
from service.domain.uploads.completion.claims import intent_of, note_replacement, path_wanted
from service.domain.uploads.completion.recording import add_new_file
from service.domain.uploads.completion.verification import planned_parts, refuse_wrong_object, refuse_wrong_parts
from service.domain.uploads.granted import assigner
from service.domain.uploads.open_uploads import place_of, refuse_unless_uploading
from service.domain.uploads.policies import policy_of, refuse_completion
from service.domain.uploads.stored_parts import only_part
from service.errors import ChunksMissingError, InvalidBodyError
from service.values import CompletionWish, StoredObject, StoredPart
from service.values.access.caller import Caller


def complete_one_put(deps: Deps, caller: Caller, upload: Upload, wish: CompletionWish) -> File | None:
    """Check the object of an open upload, and record its file; None if another request closed the upload.

    Raises WrongObjectError for another object than the signed one, and the errors of `complete_upload`; after those the
    upload is still open.
    """
    refuse_unless_uploading(upload, deps.clock())
    refuse_completion(policy_of(deps.settings, upload), wish)
    plan = planned_parts(upload, wish)
    stored = deps.storage.head(place_of(deps, upload))
    if stored is None:
        raise ChunksMissingError([0])
    part = only_part(upload, stored)
    upload.completion, upload.path_name = intent_of(deps, upload, wish, [part]), path_wanted(upload, wish)
    refuse_wrong_object(deps, upload, [part], stored)
    refuse_wrong_parts(plan, [part], wish.etags)
    reach("complete.object_verified")
    return _record(deps, caller, upload, wish, stored, part)


def _record(
    deps: Deps, caller: Caller, upload: Upload, wish: CompletionWish, stored: StoredObject, part: StoredPart
) -> File | None:
    intent = upload.completion or {}
    reserved = 0 if upload.owner is None else stored.size

    def write(session: Session) -> File | None:
        gone = what_is_gone(session, assigner(caller), intent["user_id"], intent["appointment_id"])
        if gone:
            raise InvalidBodyError(errors=[gone])
        note_replacement(session, deps, caller, upload, wish)
        if not complete_at_once(session, upload, reserved, pack_parts([part])):
            return None
        if reserved != upload.reserved:
            reserve(session, deps, upload.owner, reserved - upload.reserved)
        return add_new_file(session, deps, upload, stored)

    return in_quota(deps, upload.owner, write)
