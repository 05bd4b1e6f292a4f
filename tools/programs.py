"""Find programs, also in folders that are not on a normal user's PATH."""

import os
import shutil
import sys
from pathlib import Path

EXTRA_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/sbin", "/opt/homebrew/sbin", "/opt/homebrew/bin")
# the first is Chromium without its window: a page costs a third of the processor time
CHROMIUM_NAMES = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable", "chrome"),
)
FIREFOX_NAMES = ("firefox-esr", "firefox")
ROOT = Path(__file__).resolve().parent.parent


def find(*names: str) -> str | None:
    """Return the path of the first of `names` that is installed, else None."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *EXTRA_FOLDERS])
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def program(*names: str) -> str:
    """Return the path of a required program. Raises LookupError with its name if it is missing."""
    found = find(*names)
    if found is None:
        raise LookupError(f"{names[0]} is not installed")
    return found


def python_env() -> dict[str, str]:
    """Return the environment for a Python process of this tree: its modules are found, its output is unbuffered."""
    known = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([str(ROOT), *([known] if known else [])]), "PYTHONUNBUFFERED": "1"}


def python_module(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs `module` with this Python."""
    return [sys.executable, "-m", module, *arguments]


def fits_a_unix_socket(path: Path) -> bool:
    """Whether `path` is short enough for a Unix socket (104 bytes on the BSDs and macOS, 108 on Linux)."""
    return len(os.fsencode(path)) < 100
