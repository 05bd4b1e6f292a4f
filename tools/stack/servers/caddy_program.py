"""The Caddy program for tests: the machine's if it is new enough, else Debian sid's, kept in the cache folder."""

import re
import subprocess
from functools import cache

from tools.debian import is_root_on_debian
from tools.debian_root import SID, root_with
from tools.programs import find

OLDEST = (2, 8)
"""The first version that limits the time of a request's body; buffering requests came with 2.7."""


def unavailable() -> str | None:
    """Return why there is no such Caddy and none can be downloaded, or None."""
    if _is_new_enough(find("caddy")) or (is_root_on_debian() and find("mmdebstrap")):
        return None
    return f"no Caddy {OLDEST[0]}.{OLDEST[1]} or newer found (https://caddyserver.com/docs/install)"


def caddy_path() -> str:
    """Return the path of the program. Raises PartError if it cannot be downloaded."""
    installed = find("caddy")
    if installed and _is_new_enough(installed):
        return installed
    # it is one static program, so its package's dependencies are not needed
    return str(root_with("caddy", SID, "caddy", ["--variant=extract"]) / "usr" / "bin" / "caddy")


@cache
def _is_new_enough(program: str | None) -> bool:
    if program is None:
        return False
    printed = subprocess.run([program, "version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)\.(\d+)", printed)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST
