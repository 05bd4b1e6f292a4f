"""The environment of the service in a running `./dev up`, kept in its data directory for other commands."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from service.settings import Settings
from tools.stack.keys import write_private
from tools.stack.processes.lock_file import in_use
from tools.stack.processes.part import PartError

NAMES = [field.name.upper() for field in fields(Settings)]


def _file(data: Path) -> Path:
    return data / "environment.json"


@contextmanager
def handed_over(data: Path, settings: Mapping[str, str], given: Mapping[str, str]) -> Iterator[None]:
    """Let `environment_of(data)` return the service's environment inside the block: `settings`, the rest of `given`.

    `settings` may contain more, such as LONGSHORE_URL, the service's address. The file contains secrets, so only its
    owner can read it, and it is deleted at the end of the run.
    """
    own = {name: given[name] for name in NAMES if given.get(name)}
    write_private(_file(data), json.dumps(own | dict(settings)))
    try:
        yield
    finally:
        _file(data).unlink(missing_ok=True)


def environment_of(data: Path) -> dict[str, str]:
    """Return the service's settings in the `./dev up` that runs on `data`. Raises PartError if none does."""
    # a run that was killed leaves its file behind
    if not in_use(data) or not _file(data).exists():
        raise PartError(
            f"no `./dev up` is running with {data}; start it, or give the folder of the running one with --data"
        )
    return dict(json.loads(_file(data).read_text()))
