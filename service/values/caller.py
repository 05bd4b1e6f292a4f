"""Who calls: whose uploads and files these are, and what may be done with them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from service.limits import MAX_NAME_LENGTH


class Scope(StrEnum):
    """What a key or token allows; `admin` is everything, of all subjects."""

    UPLOAD = "upload"
    READ = "read"
    DELETE = "delete"
    ADMIN = "admin"


@dataclass(frozen=True)
class Caller:
    """Who makes a request.

    subject: None where login is off; then nothing has an owner. address: where the request comes from, where known.
    """

    subject: str | None
    scopes: frozenset[Scope]
    address: str | None = field(default=None, compare=False)

    def may(self, *scopes: Scope) -> bool:
        """Whether one of these scopes is given."""
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
        """Whether what belongs to `owner` is there for this caller; None: it is from before login was on."""
        return self.sees_all or (owner is not None and owner == self.subject)


ANONYMOUS = "anonymous"
"""What stands for the subject where login is off."""
RESERVED = (ANONYMOUS, "scanner", "system")
"""Names that no subject can have, as the audit log uses them."""
EVERYBODY = Caller(None, frozenset(Scope))
"""The caller if login is off, and the service itself when it finishes work of others."""


def checked_subject(text: str) -> str:
    """A subject as it is kept. Raises ValueError for one that could be mistaken for another.

    MySQL takes `ann ` for `ann`, and people take what holds invisible characters for what does not.
    """
    hidden = any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in text)
    if not 1 <= len(text) <= MAX_NAME_LENGTH or text != text.strip() or hidden:
        raise ValueError(f"must be 1 to {MAX_NAME_LENGTH} visible characters without leading or trailing spaces")
    if text in RESERVED:
        raise ValueError(f"is one of {', '.join(RESERVED)}, which are reserved for the audit log")
    return text
