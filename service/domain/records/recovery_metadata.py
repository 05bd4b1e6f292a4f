"""An object's papers: what its rows say, sealed into its metadata, so that a lost database can be made again from them.

They are written with the calls that make an object anyway: by init what is known then, by the copies into the public
bucket and into quarantine everything. Whoever may download an object gets its metadata too, so they are encrypted, and
authenticated: nobody else can make any (Fernet, https://github.com/fernet/spec, under a key made of SECRET_KEY).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from service.db.models import File, Upload
from service.domain.records.ids import ID_LENGTH
from service.settings import Settings

NAME = "longshore-p"
"""What the names of the metadata start with; a number follows."""
PIECE = 250
"""Characters of one value: Swift takes 256 (https://docs.openstack.org/swift/latest/api/object_api_v1_overview.html)."""
MOST = 7 * PIECE
"""Of all: with their names and the upload's mark, below the 2 KB that S3 takes
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html)."""
LIMIT = 16 * 1024
"""Bytes that papers have at most before they are packed: whoever reads them unpacks no more."""
LEAVABLE = ("detail", "virus_scan_result", "filename", "content_type", "file_extension", "owner")
"""What is left out, in this order, until the rest has room: without an owner a file is the administrators' alone."""
OF_UPLOAD = ("filename", "content_type", "created_at")
OF_FILE = (
    *("filename", "file_extension", "content_type", "total_chunks", "checksum", "detail", "credential_hash"),
    *("appointment_id", "user_id", "virus_scan_status", "virus_scan_result", "quarantine_reason", "created_at"),
)


def papers_of_upload(settings: Settings, upload: Upload) -> dict[str, str]:
    """The metadata for the object that an upload will be."""
    ids = {"id": upload.file_id, "upload_id": upload.id, "owner": upload.owner}
    return _seal(settings, upload.object_key, ids | {name: getattr(upload, name) for name in OF_UPLOAD})


def papers_of_file(settings: Settings, file: File) -> dict[str, str]:
    """The metadata for a copy of a file's object. `whole` says that nothing is missing: no credential is none."""
    ids = {"id": file.id, "upload_id": file.upload_id, "owner": file.owner, "whole": True}
    return _seal(settings, file.object_key, ids | {name: getattr(file, name) for name in OF_FILE})


def read_papers(settings: Settings, object_key: str, metadata: Mapping[str, str]) -> dict[str, Any] | None:
    """What an object's metadata says of its rows; None where it has no papers, or none that are ours and its own."""
    token = "".join(metadata.get(f"{NAME}{number}", "") for number in range(MOST // PIECE))
    if not token:
        return None
    try:
        packed = _cipher(settings).decrypt(token)
        papers = json.loads(zlib.decompressobj().decompress(packed, LIMIT))
    except (InvalidToken, ValueError, zlib.error):
        return None
    if papers.pop("key", None) != object_key[-ID_LENGTH:]:
        return None
    if "created_at" in papers:
        papers["created_at"] = datetime.fromisoformat(papers["created_at"])
    return dict(papers)


def _seal(settings: Settings, object_key: str, papers: dict[str, Any]) -> dict[str, str]:
    # the id at the key's end stays the same wherever the object is copied to
    said = {name: value for name, value in papers.items() if value is not None} | {"key": object_key[-ID_LENGTH:]}
    for leave in (*LEAVABLE, None):
        words = json.dumps(said, default=datetime.isoformat).encode()
        token = _cipher(settings).encrypt(zlib.compress(words, 9)).decode()
        if (len(token) <= MOST and len(words) <= LIMIT) or leave is None:
            break
        said.pop(leave, None)
    pieces = [token[start : start + PIECE] for start in range(0, len(token), PIECE)]
    return {f"{NAME}{number}": piece for number, piece in enumerate(pieces)}


def _cipher(settings: Settings) -> MultiFernet:
    """Seals with the key of today, opens what those before it have sealed too."""
    keys = (settings.secret_key, *settings.secret_key_previous)
    made = [hmac.new(key.encode(), b"longshore papers", hashlib.sha256).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])
