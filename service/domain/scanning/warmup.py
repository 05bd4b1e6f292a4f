"""Prepare a worker before it forks, so that its processes share what they would each load."""

from __future__ import annotations

from service.db.models import File
from service.db.statements.transitions.scans import claim_rescan, claim_scan
from service.deps import Deps
from service.errors import ServiceError
from service.observability.logs import get_logger
from service.values import Location
from service.values.formats.ids import new_id

log = get_logger(__name__)


def warm_up(deps: Deps) -> None:
    """Look up a file that does not exist, and keep what that prepared, except connections.

    That compiles statements and loads the driver's and boto3's metadata. A dependency that is down is ignored: the
    first scans are slower.
    """
    unknown_id = new_id()
    try:
        with deps.db.write() as session:
            claim_scan(session, unknown_id, unknown_id, deps.clock())
            claim_rescan(session, unknown_id, unknown_id, deps.clock())
        with deps.db.read() as session:
            session.get(File, unknown_id)
        deps.storage.head(Location(deps.settings.s3_private_bucket, unknown_id))
        for bucket in (deps.settings.s3_private_bucket, deps.settings.s3_public_bucket):
            deps.storage.keeps_versions(bucket)
    except ServiceError as error:
        log.info("warm_up_incomplete", reason=error.code)
    finally:
        deps.disconnect()
