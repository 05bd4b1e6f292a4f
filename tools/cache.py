"""What the live tests need once a machine: made on first use, kept in a cache folder, never taken half-made."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def cache() -> Path:
    """The folder that is kept between runs: LONGSHORE_CACHE, without it ~/.cache/longshore."""
    named = os.environ.get("LONGSHORE_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "longshore"


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache. Where there is none, `make` fills a new one; once whole, it gets the name.

    Whoever comes meanwhile, from whatever process, waits. What `make` raises goes through; the next call starts anew.
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
