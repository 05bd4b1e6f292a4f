"""`.venv/bin/python tools/checks/unpack_pip.py`: put the pip that Python brings into a new environment.

Unlike ensurepip it compiles nothing, as the pinned pip replaces it at once. It imports only the standard library.
"""

import ensurepip
from pathlib import Path
from sysconfig import get_config_var, get_path
from zipfile import ZipFile

FOLDERS = (get_config_var("WHEEL_PKG_DIR") or "/nowhere", Path(ensurepip.__file__).with_name("_bundled"))
"""Folders in which ensurepip finds its wheels; Debian and Fedora name the first."""


def main() -> None:
    """Unpack the wheel: https://packaging.python.org/specifications/binary-distribution-format/."""
    found, *_ = [wheel for folder in FOLDERS for wheel in Path(folder).glob("pip-*.whl")]
    with ZipFile(found) as wheel:
        wheel.extractall(get_path("purelib"))


if __name__ == "__main__":
    main()
