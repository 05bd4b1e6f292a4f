"""`./dev storage [NAME…]`: test the stores that can run here and write docs/storage.md's table.

With S3_ENDPOINT_URL, S3_ACCESS_KEY and S3_SECRET_KEY in the environment it tests that store, and only prints the
results, or keeps them as the column of one of BY_HAND. S3_UPLOAD_ACCESS_KEY and S3_UPLOAD_SECRET_KEY sign parts there
too.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from service.errors import ServiceError
from service.settings import SettingsError
from tools import debian
from tools.stack.processes.part import PartError
from tools.stack.stores.ceph import Ceph, OldCeph
from tools.stack.stores.localstack import LocalStack
from tools.stack.stores.minio import Minio
from tools.stack.stores.ministack import MiniStack
from tools.stack.stores.swift import Swift
from tools.survey.surveyed import SurveyedStore
from tools.survey.table import PAGE, keep, kept, lines, observe, with_table

STORES: dict[str, tuple[str, type[Swift | Ceph | Minio | LocalStack | MiniStack]]] = {
    "swift": ("Swift", Swift),
    "ceph": ("Ceph", Ceph),
    "ceph16": ("Ceph", OldCeph),
    "minio": ("MinIO", Minio),
    "localstack": ("LocalStack", LocalStack),
    "ministack": ("MiniStack", MiniStack),
}
BY_HAND = ("minio-fork", "seaweedfs", "garage", "versitygw")
"""Stores that this tool cannot start: their columns are kept by hand."""
COLUMNS = (*STORES, *BY_HAND)
"""The columns of the table, in their order."""


def main(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Return the exit code: 0 whatever the stores enforce, as the table is for readers."""
    parser = argparse.ArgumentParser(prog="./dev storage", description="Test what S3 stores enforce.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(STORES)} (default: all)")
    parser.add_argument(
        "--keep",
        nargs=2,
        metavar=("COLUMN", "TITLE"),
        help=f"write the results of the store in the S3_ variables into the table; COLUMN: one of {', '.join(BY_HAND)}",
    )
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.names) - set(STORES)
    if unknown:
        parser.error(f"unknown store: {', '.join(sorted(unknown))}")
    if chosen.keep and (chosen.keep[0] not in BY_HAND or not env.get("S3_ENDPOINT_URL")):
        parser.error(f"--keep needs S3_ENDPOINT_URL, and a COLUMN of {', '.join(BY_HAND)}")
    if env.get("S3_ENDPOINT_URL"):
        _survey_given(env, chosen.keep)
        return 0
    debian.install_missing()
    for name in chosen.names or STORES:
        _survey(name)
    _write_table()
    return 0


def _survey_given(env: Mapping[str, str], column: tuple[str, str] | None) -> None:
    """Test the store that the variables name and print the results; column: name and title, if they are to be kept."""
    observed = observe(SurveyedStore.of(env))
    print("\n".join(lines([{"store": env["S3_ENDPOINT_URL"], "date": _today(), "observed": observed}])))
    if column:
        keep(*column, _today(), observed)
        _write_table()


def _write_table() -> None:
    PAGE.write_text(with_table(PAGE.read_text(), kept(COLUMNS)))


def _survey(name: str) -> None:
    """Start a store, test it and keep its column. If it cannot run here, print that; the old column stays."""
    title, part_class = STORES[name]
    reason = part_class.available()
    if reason:
        print(f"{title} keeps its column in the table: {reason}", flush=True)
        return
    with tempfile.TemporaryDirectory(prefix="longshore-", ignore_cleanup_errors=True) as folder:
        part = part_class(Path(folder))
        part.start()
        try:
            print(f"testing {part.describe()} …", flush=True)
            keep(name, f"{title} {part.version()}", _today(), observe(SurveyedStore.of(part.env())))
        finally:
            part.stop()


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], os.environ))
    except (PartError, SettingsError, ServiceError) as error:
        sys.exit(f"./dev storage: {error}")
