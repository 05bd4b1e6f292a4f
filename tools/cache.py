"""A cache folder for what the live tests need once per machine: created on first use, never used incomplete."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def cache() -> Path:
    """Return the folder that is kept between runs: LONGSHORE_CACHE, or ~/.cache/longshore."""
    named = os.environ.get("LONGSHORE_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "longshore"


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """Return the cache's folder `name`. If it is missing, `make` fills a new one, which gets the name when complete.

    Other threads and processes that call it wait meanwhile. Raises what `make` raises; the next call starts again.
    """
    folder = cache()
    folder.mkdir(parents=True, exist_ok=True)
    place, fresh = folder / name, folder / f"{name}.new"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            shutil.rmtree(fresh, ignore_errors=True)
            make(fresh)
            fresh.rename(place)
    return place
