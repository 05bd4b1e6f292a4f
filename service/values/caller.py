"""The caller of a request: its subject and scopes."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from service.limits import MAX_NAME_LENGTH


class Scope(StrEnum):
    """A permission of a key or token; `admin` allows everything, for all subjects."""

    UPLOAD = "upload"
    READ = "read"
    DELETE = "delete"
    ADMIN = "admin"


@dataclass(frozen=True)
class Caller:
    """The caller of a request.

    subject: None with login off; then nothing has an owner. address: of the client, if known.
    """

    subject: str | None
    scopes: frozenset[Scope]
    address: str | None = field(default=None, compare=False)

    def may(self, *scopes: Scope) -> bool:
        """Whether the caller has one of these scopes."""
        return not self.scopes.isdisjoint((*scopes, Scope.ADMIN))

    @property
    def sees_all(self) -> bool:
        """Whether data of other owners, or without an owner, is visible to this caller."""
        return Scope.ADMIN in self.scopes

    @property
    def is_operator(self) -> bool:
        """Whether this is `admin` by a key or token, and not any caller with login off."""
        return self.sees_all and self.subject is not None

    def sees(self, owner: str | None) -> bool:
        """Whether this caller may see data of `owner`; None: data from before login was on."""
        return self.sees_all or (owner is not None and owner == self.subject)


ANONYMOUS = "anonymous"
"""The name of callers in the audit log with login off."""
RESERVED = (ANONYMOUS, "scanner", "system")
"""Names that no subject can have, because the audit log uses them."""
EVERYBODY = Caller(None, frozenset(Scope))
"""The caller with login off, and the service itself when it finishes work of clients."""


def checked_subject(text: str) -> str:
    """Return a subject in its stored form. Raises ValueError for one that could be mistaken for another.

    MySQL compares `ann ` equal to `ann`, and people cannot see invisible characters.
    """
    hidden = any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)
    if not 1 <= len(text) <= MAX_NAME_LENGTH or text != text.strip() or hidden:
        raise ValueError(f"must be 1 to {MAX_NAME_LENGTH} visible characters without leading or trailing spaces")
    if text in RESERVED:
        raise ValueError(f"is one of {', '.join(RESERVED)}, which are reserved for the audit log")
    return text
