"""Prepare database and storage: migrations, buckets, CORS. Run before all other processes; idempotent.

`python -m jobs.prepare --wait` changes nothing, and ends when another process has prepared everything.
"""

from __future__ import annotations

import sys
import time

from jobs.context import deps
from migrations.run import upgrade
from service.deps import Deps
from service.domain.upkeep.health import is_ready, readiness
from service.errors import ServiceError
from service.observability import logs
from service.observability.logs import get_logger
from service.observability.recent_errors import keep_errors

log = get_logger(__name__)

PAUSE = 3.0
"""Seconds between two checks while waiting."""


def prepare(parts: Deps) -> None:
    """Migrate the database to the latest revision, and create both buckets; existing data stays."""
    settings = parts.settings
    upgrade(settings.database_url)
    for bucket in (settings.s3_private_bucket, settings.s3_public_bucket):
        made = parts.storage.ensure_bucket(bucket)
        cors = bool(settings.cors_origins) and parts.storage.allow_origins(bucket, settings.cors_origins)
        log.info("bucket_ready", bucket=bucket, made=made, cors=cors)


def wait(parts: Deps) -> None:
    """Return when database and storage are ready for this version."""
    while not is_ready(answers := readiness(parts)):
        log.info("not_prepared", database=answers["database"], storage=answers["storage"])
        time.sleep(PAUSE)


def main(arguments: list[str]) -> int:
    """Return the exit code: 1 if a dependency is down or refuses, with the reason in the log."""
    try:
        (wait if arguments == ["--wait"] else prepare)(deps())
    except ServiceError as error:
        # the cause has details, for example that there is no key for storage
        log.error("prepare_failed", code=error.code, message=error.message, cause=error.__cause__)
        return 1
    return 0


if __name__ == "__main__":
    logs.set_up(deps().settings)
    keep_errors(deps().errors, "prepare", deps().settings)
    sys.exit(main(sys.argv[1:]))
