"""Makes database and storage ready: migrations, buckets, CORS. Run before the rest starts; run again, it is quiet."""

from __future__ import annotations

import logging

from jobs.context import deps
from migrations.run import upgrade
from service import logs
from service.deps import Deps

log = logging.getLogger(__name__)


def prepare(parts: Deps) -> None:
    """Bring the database to the newest revision, and make both buckets; what is there stays as it is."""
    settings = parts.settings
    upgrade(settings.database_url)
    for bucket in (settings.s3_private_bucket, settings.s3_public_bucket):
        made = parts.storage.ensure_bucket(bucket)
        cors = bool(settings.cors_origins) and parts.storage.allow_origins(bucket, settings.cors_origins)
        log.info("bucket_ready bucket=%s made=%s cors=%s", bucket, made, cors)


if __name__ == "__main__":
    logs.set_up(deps().settings)
    prepare(deps())
