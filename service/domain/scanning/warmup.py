"""Before a worker forks: what each process that scans one file would pay anew is paid once, for all of them."""

from __future__ import annotations

import logging

from service.db.models import File
from service.deps import Deps
from service.domain.records.ids import new_id
from service.domain.records.transitions import claim_rescan, claim_scan
from service.errors import LongshoreError
from service.values import Location

log = logging.getLogger(__name__)


def warm_up(deps: Deps) -> None:
    """Ask database and storage for a file that nobody has; what that needed is kept, its connections are not.

    Statements are compiled then, the driver knows its server, and boto3 its endpoint: half of the processor time of a
    small scan. A part that is down is left alone: the first scans are slower.
    """
    nobody = new_id()
    try:
        with deps.db.write() as session:
            claim_scan(session, nobody, nobody, deps.clock())
            claim_rescan(session, nobody, nobody, deps.clock())
        with deps.db.read() as session:
            session.get(File, nobody)
        deps.storage.head(Location(deps.settings.s3_private_bucket, nobody))
        for bucket in (deps.settings.s3_private_bucket, deps.settings.s3_public_bucket):
            deps.storage.keeps_versions(bucket)
    except LongshoreError as error:
        log.info("warm_up_incomplete reason=%s", error.code)
    finally:
        deps.disconnect()
