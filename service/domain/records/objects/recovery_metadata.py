"""Recovery metadata: the contents of a file's rows, encrypted in its object's metadata to rebuild a lost database.

It is written with calls that create objects anyway: by init, or with a single PUT, as far as known, by the copies into
the public bucket and into quarantine completely. Clients that download an object also get its metadata, so it is
encrypted and authenticated, and cannot be forged (Fernet, https://github.com/fernet/spec, with a key derived from
SECRET_KEY).
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
from service.settings import Settings
from service.values import UploadToSign
from service.values.object_keys import upload_key

NAME = "longshore-p"
"""Prefix of the metadata names, followed by a number."""
PIECE = 250
"""Characters of one value: the limit of Swift is 256 (https://docs.openstack.org/swift/latest/api/object_api_v1_overview.html)."""
MOST = 7 * PIECE
"""Characters in total: with the names and the upload's mark, below S3's limit of 2 KB
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html)."""
LIMIT = 16 * 1024
"""Maximum bytes before compression; reading decompresses no more."""
LEAVABLE = (
    *(
        "detail",
        "virus_scan_result",
        "detected_content_type",
        "path_name",
        "filename",
        "content_type",
        "file_extension",
    ),
    *("grant_id", "owner"),
)
"""Fields to omit, in this order, until the rest fits: without an owner, a file is only accessible to administrators."""
OF_UPLOAD = ("filename", "path_name", "content_type", "policy", "grant_id", "created_at")
OF_FILE = (
    *("filename", "file_extension", "content_type", "total_chunks", "checksum", "detail", "credential_hash"),
    *(
        "appointment_id",
        "user_id",
        "policy",
        "grant_id",
        "virus_scan_status",
        "virus_scan_result",
        "detected_content_type",
        "quarantine_reason",
        "created_at",
    ),
)


def recovery_metadata_of_upload(settings: Settings, upload: Upload | UploadToSign) -> dict[str, str]:
    """Return the metadata for the object of an upload."""
    ids = {"id": upload.file_id, "upload_id": upload.id, "owner": upload.owner}
    return _seal(settings, upload.object_key, ids | {name: getattr(upload, name) for name in OF_UPLOAD})


def recovery_metadata_of_file(settings: Settings, file: File, path_name: str | None) -> dict[str, str]:
    """Return the metadata for a copy of a file's object; path_name: of its folder.

    `whole`: nothing is missing, so no credential means public.
    """
    ids = {"id": file.id, "upload_id": file.upload_id, "owner": file.owner, "whole": True, "path_name": path_name}
    return _seal(settings, file.object_key, ids | {name: getattr(file, name) for name in OF_FILE})


def read_recovery_metadata(settings: Settings, object_key: str, metadata: Mapping[str, str]) -> dict[str, Any] | None:
    """Decrypt an object's recovery metadata; None if it has none, or if it is not from this service or not its own."""
    token = "".join(metadata.get(f"{NAME}{number}", "") for number in range(MOST // PIECE))
    if not token:
        return None
    try:
        packed = _cipher(settings).decrypt(token)
        recovery = json.loads(zlib.decompressobj().decompress(packed, LIMIT))
    except (InvalidToken, ValueError, zlib.error):
        return None
    if recovery.pop("key", None) != upload_key(object_key):
        return None
    if "created_at" in recovery:
        recovery["created_at"] = datetime.fromisoformat(recovery["created_at"])
    return dict(recovery)


def _seal(settings: Settings, object_key: str, recovery: dict[str, Any]) -> dict[str, str]:
    # the upload's key stays the same wherever the service copies the object to
    said = {name: value for name, value in recovery.items() if value is not None} | {"key": upload_key(object_key)}
    for leave in (*LEAVABLE, None):
        words = json.dumps(said, default=datetime.isoformat).encode()
        token = _cipher(settings).encrypt(zlib.compress(words, 9)).decode()
        if (len(token) <= MOST and len(words) <= LIMIT) or leave is None:
            break
        said.pop(leave, None)
    pieces = [token[start : start + PIECE] for start in range(0, len(token), PIECE)]
    return {f"{NAME}{number}": piece for number, piece in enumerate(pieces)}


def _cipher(settings: Settings) -> MultiFernet:
    """Encrypts with the current key, decrypts also with the previous ones."""
    keys = (settings.secret_key, *settings.secret_key_previous)
    made = [hmac.new(key.encode(), b"longshore papers", hashlib.sha256).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])
