"""Try the attacks on storage and the conditions for one PUT before the service starts, for tests and benchmarks."""

from __future__ import annotations

from collections.abc import Mapping

from service.db.cached.safety import StorageSafety
from service.deps import build_deps
from service.domain.records.objects.storage_safety import record_attacks
from service.settings import Settings


def try_storage(env: Mapping[str, str]) -> StorageSafety:
    """Record and return the result, so that all uploads are of one kind from the first one on.

    Cron would do it too, but an API process remembers a missing result for some seconds. env: of the service.
    """
    deps = build_deps(Settings.from_env(env))
    try:
        return record_attacks(deps)
    finally:
        deps.disconnect()
