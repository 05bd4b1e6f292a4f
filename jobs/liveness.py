"""Check that the worker or cron of this container is alive: `python -m jobs.liveness worker|cron`.

For health checks and liveness probes: exit code 0, or 1 and a reason. A process that works leaves files in ALIVE_FOLDER
(the image sets it), each dated with the moment by which it will have left it anew. One that hangs, is stopped, or waits
for what never comes lets that moment pass; one that scans for hours or finds no Redis keeps its word. A worker that
reaches no Redis is dead only where Redis answers here: a restart of all workers brings no Redis back.
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
"""Ends the name of the file that a worker leaves after it has reached Redis."""
ROLES = ("worker", "cron")


def promise(name: str, seconds: float) -> None:
    """Say that this will be said again within so many seconds.

    Nothing where no folder is named, or it cannot be written: whoever judges finds out.
    """
    folder = os.environ.get(VARIABLE)
    if not folder:
        return
    until = time.time() + seconds
    try:
        file = Path(folder, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():  # touched, it would be due at once for a moment
            file.touch()
        os.utime(file, (until, until))
    except OSError:
        return


def forget(role: str) -> None:
    """Take away what an earlier process of this role has left."""
    folder = os.environ.get(VARIABLE)
    for file in Path(folder).glob(f"{role}*") if folder else ():
        file.unlink(missing_ok=True)


def verdict(role: str, folder: Path, now: float) -> str | None:
    """Why the process of this role is to be started anew; None where it works. now: seconds since the epoch."""
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
    """Whether Redis can be reached by the settings as they are now."""
    try:
        return bool(connect(Settings.from_env().redis_url).ping())
    except (RedisError, OSError):
        return False


def main(words: list[str]) -> int:
    """Judge the process of the role that the words name."""
    folder = os.environ.get(VARIABLE)
    if len(words) != 1 or words[0] not in ROLES or not folder:
        sys.stderr.write(f"python -m jobs.liveness {'|'.join(ROLES)}, with the same {VARIABLE} as the process\n")
        return 2
    reason = verdict(words[0], Path(folder), time.time())
    sys.stdout.write(f"{reason or 'alive'}\n")
    return int(reason is not None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
