"""The caller of a request: its subject and scopes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from service.values.access.grants import UploadGrant


class Scope(StrEnum):
    """A permission of a key or token; `admin` allows everything, for all subjects."""

    UPLOAD = "upload"
    READ = "read"
    DELETE = "delete"
    GRANT = "grant"
    ADMIN = "admin"


@dataclass(frozen=True)
class Caller:
    """The caller of a request.

    subject: None with login off; then nothing has an owner. address: of the client, key_prefix: of its API key, if
    known. grant: of a browser that was allowed some uploads, and nothing else.
    """

    subject: str | None
    scopes: frozenset[Scope]
    address: str | None = field(default=None, compare=False)
    grant: UploadGrant | None = field(default=None, compare=False)
    key_prefix: str | None = field(default=None, compare=False)

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

    def sees(self, owner: str | None, grant_id: str | None = None) -> bool:
        """Whether this caller may see data of `owner`; None: data from before login was on.

        grant_id: of the upload or file, with which a browser's grant started it; it sees only those.
        """
        if self.grant is not None and self.grant.id != grant_id:
            return False
        return self.sees_all or (owner is not None and owner == self.subject)


UNRESTRICTED = Caller(None, frozenset(Scope))
"""The caller with login off, and the service itself when it finishes work of clients."""
