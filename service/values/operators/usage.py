"""How much is stored, by whom, and who may store: for operators. Sizes are bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from service.values.people import KeyView


@dataclass(frozen=True)
class DayOfUsage:
    """The bytes of a day as last counted on it: by state or verdict, and of the subjects with the most."""

    day: date
    bytes: Mapping[str, int]
    subjects: Mapping[str, int]


@dataclass(frozen=True)
class LastCount:
    """The last complete count.

    counted_at: None before the first one. bytes: by state of open uploads, by verdict, and `orphaned`. files: their
    number by verdict; uploads: by state. subjects: those with the most bytes.
    """

    counted_at: datetime | None = None
    bytes: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    uploads: Mapping[str, int] = field(default_factory=dict)
    subjects: Sequence[str] = ()


@dataclass(frozen=True)
class UsageView:
    """The last complete count, and the days before, oldest first."""

    counted_at: datetime | None
    bytes: Mapping[str, int]
    files: Mapping[str, int]
    uploads: Mapping[str, int]
    subjects: Sequence[SubjectBytes]
    history: Sequence[DayOfUsage]


@dataclass(frozen=True)
class SubjectBytes:
    """A subject's bytes, reserved and stored."""

    subject: str
    bytes: int


@dataclass(frozen=True)
class SubjectView:
    """A subject with its bytes and API keys. quota: None without a limit."""

    subject: str
    bytes: int
    quota: int | None
    keys: Sequence[KeyView]
