"""`python tools/checks/pins.py NAME…`: print the lines of requirements.lock that packages or extras need, with hashes.

It imports only the standard library, because it runs before anything is installed.
"""

import re
import sys
from collections.abc import Iterable
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
_PINNED = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==.*\n(?:    .*\n)+", re.MULTILINE)


def pinned(names: Iterable[str], lock: str) -> str:
    """Return the lines of these packages and of all that they need. lock: uv's output, with `# via` lines.

    Raises KeyError for a package that is not pinned.
    """
    entries: dict[str, list[str]] = {}
    parents: dict[str, set[str]] = {}
    for entry in _PINNED.finditer(lock):
        name = normal(entry[1])
        # one package may be pinned twice, for different Pythons
        entries.setdefault(name, []).append(entry[0])
        parents.setdefault(name, set()).update(map(normal, re.findall(r"^    #(?: via|  ) ([\w.-]+)$", entry[0], re.M)))
    needed, size = {normal(name) for name in names}, 0
    while len(needed) > size:
        size = len(needed)
        needed |= {name for name, needing in parents.items() if needing & needed}
    return "".join(line for name in sorted(needed) for line in entries[name])


def packages(words: Iterable[str]) -> list[str]:
    """Return the packages of an environment or extra of setup.cfg, with the client's, or one package by its name."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    groups = {**setup["options.extras_require"], **setup["environments"]}
    found: list[str] = []
    for word in words:
        lines = f"{groups[word]}\n{setup['options']['install_requires']}" if word in groups else word
        found += [re.split(r"[\[<>=!~; ]", line)[0] for line in lines.split("\n") if line and not line.startswith("#")]
    return found


def normal(name: str) -> str:
    """Normalize a name as the registry does."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    print(pinned(packages(" ".join(sys.argv[1:]).replace(",", " ").split()), LOCK.read_text()))
