"""Callers, users and appointments, and pages of lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class KeyView:
    """An API key without its secret."""

    prefix: str
    name: str
    subject: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class AccountView:
    """A caller's account and used quota. used_bytes: None if login is off; allowed_bytes: None without a limit.

    storage_lets_through: attacks that storage does not reject, for the scope `admin` or with login off.
    """

    subject: str | None
    scopes: tuple[str, ...]
    used_bytes: int | None
    allowed_bytes: int | None
    storage_lets_through: tuple[str, ...] = ()


@dataclass(frozen=True)
class Erased:
    """Counts of a subject's data that is erased; bytes: of the files.

    keys, grants: active API keys and grants, which are revoked. adoptions: for the subject, which end, or by it.
    uploads: open ones; ended_uploads: those that made no file. history: rows of the usage history. decisions,
    allowlist: rows that name the subject, which stay without its name; not while a decision is carried out. on_hold:
    files with a legal hold, and completing: uploads that are being completed; neither is erased.
    """

    keys: int = 0
    grants: int = 0
    links: int = 0
    adoptions: int = 0
    uploads: int = 0
    files: int = 0
    bytes: int = 0
    ended_uploads: int = 0
    appointments: int = 0
    users: int = 0
    history: int = 0
    decisions: int = 0
    allowlist: int = 0
    on_hold: int = 0
    completing: int = 0


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; next_cursor requests the next one, None on the last."""

    items: list[T]
    next_cursor: str | None


@dataclass(frozen=True)
class PersonQuery:
    """A query for a list of users or appointments; search: words of the name. user_id: only for appointments."""

    limit: int
    cursor: str | None = None
    search: str | None = None
    user_id: str | None = None


@dataclass(frozen=True)
class UserView:
    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True)
class AppointmentView:
    id: str
    user_id: str
    title: str
    created_at: datetime
