"""Ask a library for the type of each sample: `python -m tools.detection.libraries NAME` prints answers and costs.

Each library runs in a process of its own, so that the memory is its own too.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version

from service.detection.prefix import PREFIX
from tools.detection.make_samples import SAMPLES

Ask = Callable[[bytes], str]
ROUNDS = 20
"""Calls for each sample; the speed is that of the fastest."""


def _filetype() -> tuple[Ask, str]:
    library = import_module("filetype")
    return lambda prefix: library.guess_mime(prefix) or "", version("filetype")


def _puremagic() -> tuple[Ask, str]:
    library = import_module("puremagic")

    def ask(prefix: bytes) -> str:
        try:
            return str(library.from_string(prefix, mime=True))
        except (library.PureError, ValueError):
            return ""

    return ask, version("puremagic")


def _libmagic() -> tuple[Ask, str]:
    library = import_module("magic")
    number = library.version()
    return library.Magic(mime=True).from_buffer, f"{version('python-magic')}, libmagic {number // 100}.{number % 100}"


def _magika() -> tuple[Ask, str]:
    model = import_module("magika").Magika()
    return lambda prefix: str(model.identify_bytes(prefix).output.mime_type), version("magika")


def _longshore() -> tuple[Ask, str]:
    detection = import_module("service.detection")
    return lambda prefix: str(detection.detected_type(prefix, whole=True)), f"filetype {version('filetype')}, own steps"


LIBRARIES = {
    "filetype": _filetype,
    "puremagic": _puremagic,
    "libmagic": _libmagic,
    "magika": _magika,
    "longshore": _longshore,
}


def measure(name: str) -> dict[str, object]:
    """Return the library's version, its answers by file name, microseconds for a call, and memory in KiB."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ask, known_as = LIBRARIES[name]()
    answers, total = {}, 0.0
    for path in sorted(SAMPLES.iterdir()):
        prefix = path.read_bytes()[:PREFIX]
        answers[path.stem] = ask(prefix)
        total += min(_seconds(ask, prefix) for _ in range(ROUNDS))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"version": known_as, "answers": answers, "microseconds": total / len(answers) * 1e6, "memory": memory}


def _seconds(ask: Ask, prefix: bytes) -> float:
    begin = time.perf_counter()
    ask(prefix)
    return time.perf_counter() - begin


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
