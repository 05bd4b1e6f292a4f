"""Whether storage keeps what the service relies on: the attacks that the cron process tries daily."""

from __future__ import annotations

from service.deps import Deps

PUBLIC = "public"
"""Storage's address as clients reach it (`S3_PUBLIC_ENDPOINT_URL`)."""
DIRECT = "direct"
"""Storage's address as the service reaches it (`S3_ENDPOINT_URL`)."""


def needs_look(deps: Deps) -> bool:
    """Whether storage has to be asked before a link is given. Raises DatabaseUnavailableError.

    False where no client can overwrite an object: its part URLs are signed by a key of their own, and the attacks on
    the public address were refused.
    """
    return not (deps.settings.has_upload_key and is_trusted(deps))


def is_trusted(deps: Deps) -> bool:
    """Whether an object can only be the one that was judged, so that a link needs no look at storage.

    True when every attack on the public address was tried lately and refused. Raises DatabaseUnavailableError.
    """
    last = deps.safety.last(deps.db, deps.clock())
    return last is not None and last.is_proven(PUBLIC, deps.clock())
