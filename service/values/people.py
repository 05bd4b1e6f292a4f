"""Who calls and whose files these are; and a page of whatever is listed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class KeyView:
    """An API key as people are shown it: all but its secret."""

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
    """Who calls, and how much of the quota is taken. used_bytes: None where login is off; allowed_bytes: no limit.

    storage_lets_through: the attacks that storage does not refuse, for callers who see everything.
    """

    subject: str | None
    scopes: tuple[str, ...]
    used_bytes: int | None
    allowed_bytes: int | None
    storage_lets_through: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; next_cursor asks for the following one, None at the end."""

    items: list[T]
    next_cursor: str | None


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
