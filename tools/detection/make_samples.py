"""`python -m tools.detection.make_samples`: write the sample files. It needs the packages of docs/detected-types.md."""

from __future__ import annotations

from importlib import import_module

from tools.programs import ROOT

SAMPLES = ROOT / "tests" / "support" / "samples"
SUFFIX = ".sample"
"""Added to the files' names, so that no linter takes them for our code."""
KINDS = ("texts", "images", "documents", "archives", "media", "programs")


def main() -> None:
    """Write every sample; a program of another version may write other bytes, of the same type."""
    found: dict[str, bytes] = {}
    for kind in KINDS:
        found |= import_module(f"tools.detection.samples.{kind}").samples()
    found |= import_module("tools.detection.samples.polyglots").samples(found)
    SAMPLES.mkdir(exist_ok=True)
    for name, content in found.items():
        (SAMPLES / f"{name}{SUFFIX}").write_bytes(content)
    print(f"{len(found)} files, {sum(map(len, found.values()))} bytes")


if __name__ == "__main__":
    main()
