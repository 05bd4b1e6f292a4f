"""Adoptions: objects of other programs that become files where they lie, and storage's events about new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AdoptionState(StrEnum):
    """Stored in adoptions.state. FOLLOWING: all objects were examined, and storage's events add new ones."""

    RUNNING = "running"
    FOLLOWING = "following"
    DONE = "done"
    CANCELLED = "cancelled"


ACTIVE = (AdoptionState.RUNNING, AdoptionState.FOLLOWING)
"""States in which storage's events add objects, if the adoption follows them."""


class Outcome(StrEnum):
    """The result for an object, and the name of its count.

    ADOPTED: a new file. RENEWED: the object of a file changed, and is scanned again. UNCHANGED: a file has it already.
    SKIPPED: it cannot be a file. FAILED: storage refused a request for it.
    """

    ADOPTED = "adopted"
    RENEWED = "renewed"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class AdoptionWish:
    """The objects to adopt: those of a bucket whose keys begin with a prefix.

    owner: of the files; None: none, then only operators see them. policy: the name of an upload policy; None: the
    default one. follow: storage's events add objects that come later.
    """

    bucket: str
    prefix: str = ""
    owner: str | None = None
    policy: str | None = None
    follow: bool = False


@dataclass(frozen=True)
class KeyReason:
    """Why an object was skipped or failed."""

    key: str
    reason: str


@dataclass(frozen=True)
class AdoptionView:
    """An adoption and its progress.

    adopted, renewed, unchanged, skipped, failed: objects so far, by `Outcome`; bytes: of the adopted and renewed ones.
    reasons: of the last ones that were skipped or failed. position: the last key that was examined. problem: what it
    waits for.
    """

    adoption_id: str
    bucket: str
    prefix: str
    owner: str | None
    policy: str | None
    follow: bool
    state: str
    adopted: int
    renewed: int
    unchanged: int
    skipped: int
    failed: int
    bytes: int
    reasons: Sequence[KeyReason]
    position: str | None
    problem: str | None
    created_by: str
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class StorageEvent:
    """An event of storage about an object. is_creation: it is there now; other events are ignored."""

    bucket: str
    object_key: str
    is_creation: bool


@dataclass(frozen=True)
class EventsView:
    """Results of storage's events: their numbers by `Outcome`; ignored: of no adoption, or no creation."""

    outcomes: Mapping[str, int]
    ignored: int
