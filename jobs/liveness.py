"""Check that the worker or cron of this container is alive: `python -m jobs.liveness worker|cron`.

For health checks and liveness probes: exit code 0, or 1 and a reason. A live process keeps files in ALIVE_FOLDER (set
by the image), each dated with the time by which it will be updated. A process that hangs or is stopped misses that
time; one that scans for hours or cannot reach Redis does not. A worker without Redis is only dead if Redis answers
here: restarting workers does not bring Redis back.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from redis.exceptions import RedisError

from service.queue.jobs import connect
from service.settings import Settings

VARIABLE = "ALIVE_FOLDER"
REDIS = ".redis"
"""Suffix of the file that a worker updates after it has reached Redis."""
ROLES = ("worker", "cron")


def promise(name: str, seconds: float) -> None:
    """Promise the next update within so many seconds.

    Does nothing without a folder, or if it is not writable: the check notices.
    """
    folder = os.environ.get(VARIABLE)
    if not folder:
        return
    until = time.time() + seconds
    try:
        file = Path(folder, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():  # touched first, it would be overdue for a moment
            file.touch()
        os.utime(file, (until, until))
    except OSError:
        return


def forget(role: str) -> None:
    """Delete the files of an earlier process of this role."""
    folder = os.environ.get(VARIABLE)
    for file in Path(folder).glob(f"{role}*") if folder else ():
        file.unlink(missing_ok=True)


def verdict(role: str, folder: Path, now: float) -> str | None:
    """Return why the process of this role must be restarted; None if it is alive. now: seconds since the epoch."""
    files = {file.name: file.stat().st_mtime for file in folder.glob(f"{role}*")}
    if not files:
        return f"no {role} has started"
    late = {name for name, until in files.items() if until < now}
    hanging = sorted(name for name in late if not name.endswith(REDIS))
    if hanging:
        return f"hangs: {', '.join(hanging)}"
    if late and redis_answers():
        return (
            f"Redis answers, but these cannot reach it: {', '.join(sorted(name.removesuffix(REDIS) for name in late))}"
        )
    return None


def redis_answers() -> bool:
    """Whether Redis is reachable with the current settings."""
    try:
        return bool(connect(Settings.from_env().redis_url).ping())
    except (RedisError, OSError):
        return False


def main(words: list[str]) -> int:
    """Check the process of the given role."""
    folder = os.environ.get(VARIABLE)
    if len(words) != 1 or words[0] not in ROLES or not folder:
        sys.stderr.write(f"python -m jobs.liveness {'|'.join(ROLES)}, with the same {VARIABLE} as the process\n")
        return 2
    reason = verdict(words[0], Path(folder), time.time())
    sys.stdout.write(f"{reason or 'alive'}\n")
    return int(reason is not None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
