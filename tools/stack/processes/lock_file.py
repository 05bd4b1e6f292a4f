"""Allow one `./dev up` at a time on a data directory."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.stack.processes.parent_watch import is_running, parent_watch
from tools.stack.processes.part import PartError

# the processes of a killed run end within GRACE_SECONDS of parent_watch
PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.05


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Lock the data directory until all parts have ended. Raises PartError if another run has the lock."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data / "lock").open("a+") as file:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _try_lock(file.fileno()):
            holder = _holder(data)
            if (holder and is_running(holder)) or time.monotonic() > deadline:
                raise PartError(
                    f"{data} is in use by another `./dev up` (process {holder}); stop it, or choose another --data"
                )
            time.sleep(POLL_SECONDS)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        with parent_watch.keeping_open(file.fileno()):
            yield


def in_use(data: Path) -> bool:
    """Whether a run has locked the data directory."""
    holder = _holder(data) if (data / "lock").exists() else 0
    return holder != 0 and is_running(holder)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(data: Path) -> int:
    text = (data / "lock").read_text().strip()
    return int(text) if text.isdigit() else 0
