"""The dependencies of jobs: created in the worker before it forks, and connected afterwards."""

from __future__ import annotations

import atexit
from functools import lru_cache

from service.deps import Deps, build_deps
from service.settings import Settings


@lru_cache(maxsize=1)
def deps() -> Deps:
    made = build_deps(Settings.from_env())
    atexit.register(made.disconnect)
    return made
