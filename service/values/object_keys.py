"""The keys of objects: an id, after the prefix of the upload's policy, and before that the one of its location."""

from __future__ import annotations

import re
from collections.abc import Collection

from service.values.ids import ID_LENGTH, is_id

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
