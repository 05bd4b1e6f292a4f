"""The keys of objects: an id, after the prefix of the upload's policy, and before that the one of its location.

Adopted objects have foreign keys: any text, of which the rows have a name in a fixed form.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection

from service.values.formats.ids import ID_LENGTH, is_id

UPLOAD = ""
"""The prefix of uploads and of public copies; that of their policy follows."""
QUARANTINE = "quarantine/"
"""The prefix of infected and blocked objects; that of their policy follows."""
PROBE = "probe-"
"""The prefix of objects by which the service tests what storage enforces."""
DOCTOR = "doctor-"
"""The prefix of objects by which the doctor tests storage."""
RESERVED = (QUARANTINE, PROBE, DOCTOR)
"""Beginnings that the prefix of a policy must not have."""
ADOPTED = "adopted/"
"""The beginning of the name that a row of an adopted object has in place of a key."""
MAX_PREFIX = 100
"""Characters of a policy's prefix: with the others and an id, a key has far less than the 255 of its column."""
_PREFIX = re.compile(r"(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*/)*")


def is_prefix(text: str) -> bool:
    """Whether keys can begin with a text: folders of characters that need no escaping in URLs, none of them hidden."""
    return _PREFIX.fullmatch(text) is not None and len(text) <= MAX_PREFIX and not text.startswith(RESERVED)


def upload_key(object_key: str) -> str:
    """Return the key that an object's upload has, which is also that of its public copy."""
    return object_key.removeprefix(QUARANTINE)


def id_in(object_key: str) -> str:
    """Return the id at the end of a key."""
    return object_key[-ID_LENGTH:]


def prefix_of(object_key: str) -> str:
    """Return what is before the id of a key."""
    return object_key[:-ID_LENGTH]


def is_own(object_key: str, prefixes: Collection[str]) -> bool:
    """Whether a key is in this service's format, with one of these prefixes of policies."""
    prefix = prefix_of(object_key)
    return is_id(id_in(object_key)) and (prefix == PROBE or upload_key(prefix) in prefixes)


def is_ours(object_key: str) -> bool:
    """Whether a key is in a format of this service, with any prefix that a policy has, had or may have."""
    own = upload_key(object_key)
    is_object = is_id(id_in(own)) and is_prefix(prefix_of(own))
    return is_object or object_key.startswith(RESERVED)


def location_hash(bucket: str, object_key: str) -> str:
    """Return the hash that identifies a foreign object: of its exact bucket and key, in hex."""
    return hashlib.sha256(f"{bucket}/{object_key}".encode()).hexdigest()


def adopted_name(bucket: str, object_key: str) -> str:
    """Return the name that the rows of an adopted object have in place of a key, for any key of up to 1,024 bytes.

    Storage has no object under it: code that does not know adopted objects cannot delete, copy or serve them.
    """
    return ADOPTED + location_hash(bucket, object_key)
