"""Subjects with their bytes and API keys, and what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from longshore.client.admin.calls import Calls
from longshore.client.values import load


@dataclass(frozen=True)
class SubjectKey:
    """An API key of a subject, without its secret. Times are RFC 3339."""

    prefix: str
    name: str
    scopes: list[str]
    created_at: str
    expires_at: str | None = None
    last_used_at: str | None = None
    revoked_at: str | None = None


@dataclass(frozen=True)
class Subject:
    """A subject: its bytes in open uploads and files, and its API keys. quota: None without a limit."""

    subject: str
    bytes: int
    quota: int | None
    keys: list[SubjectKey]


@dataclass(frozen=True)
class SubjectBytes:
    """A subject and its bytes."""

    subject: str
    bytes: int


@dataclass(frozen=True)
class UsageDay:
    """A day as last counted on it: bytes by state or verdict, and of the subjects with the most."""

    day: str
    bytes: dict[str, int]
    subjects: dict[str, int]


@dataclass(frozen=True)
class Usage:
    """The bytes, files and uploads in storage. counted_at: None before the first count. history: oldest first.

    bytes: by state of open uploads, by verdict, and `orphaned`. files: their number by verdict; uploads: by state.
    """

    counted_at: str | None
    bytes: dict[str, int]
    files: dict[str, int]
    uploads: dict[str, int]
    subjects: list[SubjectBytes]
    history: list[UsageDay]


class UsageCalls(Calls):
    """See who stores how much."""

    def subjects(self, search: str | None = None) -> Iterator[Subject]:
        """Yield the subjects that have bytes or API keys, by name. search: words in the name."""
        for found in self._list(Subject, "/subjects", {"search": search}):
            yield load(Subject, vars(found) | {"keys": [load(SubjectKey, key) for key in found.keys]})

    def usage(self, days: int | None = None) -> Usage:
        """Return what is stored, and the history of the last `days` (the service's default: 90)."""
        found = load(Usage, self._call("GET", "/usage", query={"days": days}))
        subjects = [load(SubjectBytes, one) for one in found.subjects]
        history = [load(UsageDay, one) for one in found.history]
        return load(Usage, vars(found) | {"subjects": subjects, "history": history})
