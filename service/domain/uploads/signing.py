"""Sign the chunks of an open upload."""

from __future__ import annotations

from collections.abc import Iterable

from service.db.models import Upload
from service.db.session import Session
from service.db.statements.uploads import upload_to_sign
from service.deps import Deps
from service.domain.accounts.quota import in_quota, reserve_up_to
from service.domain.records.objects.recovery_metadata import recovery_metadata_of_upload
from service.domain.uploads.open_uploads import (
    AnyUpload,
    is_one_put,
    known_plan,
    place_of,
    refuse_unless_uploading,
    unknown_upload,
)
from service.domain.uploads.policies import policy_of, refuse_large
from service.errors import InvalidBodyError, UploadNotFoundError
from service.limits import FIRST_CHUNKS, MAX_PARTS
from service.observability.metrics import PARTS_SIGNED
from service.storage.one_put import put_headers
from service.storage.presign import checksum_headers
from service.values import (
    ChunkWish,
    PartPlan,
    PartToSign,
    SignedChunk,
    UploadToSign,
)
from service.values.access.caller import Caller
from service.values.formats.ids import is_id


def sign_chunks(deps: Deps, caller: Caller, upload_id: str, wishes: list[ChunkWish]) -> list[SignedChunk]:
    """Sign the requested chunks: one read by primary key every few seconds, no call to storage, no write.

    For an upload of unknown size, signed bytes are reserved, with a write if they grow. Raises InvalidBodyError for a
    chunk that is not in the plan, UploadNotFoundError, GrantRefusedError, the errors of `refuse_unless_uploading`, and
    with an unknown size FileTooLargeError, PolicyRefusedError and QuotaExceededError.
    """
    now = deps.clock()
    known = deps.open_uploads.recall(upload_id, now)
    upload = known or _read(deps, upload_id)
    if upload is None or not caller.sees(upload.owner, upload.grant_id):
        raise unknown_upload(caller, upload_id)
    refuse_unless_uploading(upload, now)
    if known is None:
        deps.open_uploads.remember(upload, now)
    plan = known_plan(upload)
    wrong = [text for wish in wishes if (text := _what_is_wrong(upload, plan, wish))]
    if wrong:
        raise InvalidBodyError(errors=wrong)
    lengths = [plan.length(wish.chunk_index) if plan else wish.size or 0 for wish in wishes]
    if plan is None:
        _reserve_signed(deps, upload, wishes)
    return _sign(deps, upload, wishes, lengths)


def _read(deps: Deps, upload_id: str) -> UploadToSign | None:
    if not is_id(upload_id):
        return None
    with deps.db.lookup() as connection:
        return upload_to_sign(connection, upload_id)


def sign_first(deps: Deps, upload: Upload, chunk_indexes: Iterable[int]) -> list[SignedChunk]:
    """Sign the first FIRST_CHUNKS of these chunks; none if a checksum is required or the size is unknown."""
    plan = known_plan(upload)
    if plan is None or upload.checksum_algorithm:
        return []
    first = [ChunkWish(index) for index, _ in zip(chunk_indexes, range(FIRST_CHUNKS), strict=False)]
    return _sign(deps, upload, first, [plan.length(wish.chunk_index) for wish in first])


def url_seconds(deps: Deps, upload: AnyUpload) -> int:
    """Return the seconds for part URLs: the policy's, but no longer than the upload. The key may expire sooner."""
    return max(
        1, min(policy_of(deps.settings, upload).url_ttl, int((upload.expires_at - deps.clock()).total_seconds()))
    )


def _reserve_signed(deps: Deps, upload: UploadToSign, wishes: list[ChunkWish]) -> None:
    """Reserve all bytes up to the end of the last requested chunk: each chunk before it has at most `chunk_size`."""
    end = max(wish.chunk_index * upload.chunk_size + (wish.size or 0) for wish in wishes)
    refuse_large(policy_of(deps.settings, upload), end, "chunk_size")
    if upload.owner is None or end <= upload.reserved:
        return

    def reserve_more(session: Session) -> None:
        row = session.get(Upload, upload.id, with_for_update=True)
        if row is None:
            raise UploadNotFoundError
        refuse_unless_uploading(row, deps.clock())
        reserve_up_to(session, deps, row, end)

    in_quota(deps, upload.owner, reserve_more)


def _what_is_wrong(upload: AnyUpload, plan: PartPlan | None, wish: ChunkWish) -> str | None:
    """Return why a requested chunk is not in the plan, None if it is."""
    index = wish.chunk_index
    last = (plan.total_chunks if plan else MAX_PARTS) - 1
    if index > last:
        return f"[chunk_index] is {index}; the chunks of this upload are 0 to {last}"
    if upload.checksum_algorithm and wish.checksum is None:
        return f"[checksum] is missing for chunk {index}: this upload was started with {upload.checksum_algorithm}"
    if not upload.checksum_algorithm and wish.checksum is not None:
        return f"[checksum] is not expected for chunk {index}: this upload was started without checksum_algorithm"
    if plan is None:
        if wish.size is None:
            return f"[chunk_size] is missing for chunk {index}; it is required because the upload's size is unknown"
        if wish.size > upload.chunk_size:
            return f"[chunk_size] is {wish.size} for chunk {index}; chunks have at most {upload.chunk_size} bytes here"
    elif wish.size is not None and wish.size != plan.length(index):
        return f"[chunk_size] is {wish.size} for chunk {index}; by the upload's size it has {plan.length(index)} bytes"
    return None


def _sign(deps: Deps, upload: AnyUpload, wishes: list[ChunkWish], lengths: list[int]) -> list[SignedChunk]:
    """Sign the requested chunks in one batch."""
    PARTS_SIGNED.inc(len(wishes))
    if is_one_put(upload):
        return [_sign_put(deps, upload, length, wish.checksum) for wish, length in zip(wishes, lengths, strict=True)]
    algorithm = upload.checksum_algorithm
    parts = [
        PartToSign(wish.chunk_index + 1, length, wish.checksum) for wish, length in zip(wishes, lengths, strict=True)
    ]
    signed = deps.presigner.sign_parts(
        place_of(deps, upload), upload.storage_upload_id or "", parts, url_seconds(deps, upload), algorithm
    )
    return [
        SignedChunk(
            number - 1,
            number,
            "PUT",
            url,
            checksum_headers(algorithm, checksum) if algorithm and checksum else {},
            signed.expires_at,
        )
        for (number, _, checksum), url in zip(parts, signed.urls, strict=True)
    ]


def _sign_put(deps: Deps, upload: AnyUpload, length: int, checksum: str | None) -> SignedChunk:
    """Sign the only chunk as a conditional PUT of the whole object, with the metadata that init would have written."""
    recovery = recovery_metadata_of_upload(deps.settings, upload)
    headers = put_headers(upload.id, recovery, upload.checksum_algorithm, checksum)
    signed = deps.presigner.sign_put(place_of(deps, upload), length, headers, url_seconds(deps, upload))
    return SignedChunk(0, 1, "PUT", signed.url, headers, signed.expires_at)
