"""Write docs/settings.md, every setting, from .env.example and service/settings.py.

python -m tools.docs.settings_page
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields

from service.settings import REQUIRED, Settings
from tools.programs import ROOT

SOURCE = ROOT / ".env.example"
TARGET = ROOT / "docs" / "settings.md"
HEAD = """\
# Settings reference

Generated from `.env.example` and `service/settings.py` by `python -m tools.docs.settings_page`; do not edit.

Settings are environment variables. The service reads them at start, checks them together, and reports all mistakes at
once. Sizes are in bytes, times in seconds. To read any `X` from a file, as with container secrets, set
`X_FILE=/run/secrets/x` and leave `X` out.
"""
TITLE = re.compile(r"# -- (.+?) -+$")
ASSIGNMENT = re.compile(r"#?([A-Z][A-Z0-9_]*)=(.*)$")
DEFAULTS = {one.name.upper(): one.default for one in fields(Settings)}


@dataclass
class Entry:
    """Variables that one comment explains, as .env.example has them."""

    words: list[str] = field(default_factory=list)
    samples: list[tuple[str, str]] = field(default_factory=list)


def sections(lines: list[str]) -> Iterator[tuple[str, list[Entry]]]:
    """Return (title, entries) of each part of .env.example, without the text before the first title."""
    title, entries = "", [Entry()]
    for line in lines:
        if found := TITLE.match(line):
            if title:
                yield title, entries
            title, entries = found[1], [Entry()]
        elif found := ASSIGNMENT.match(line):
            entries[-1].samples.append((found[1], found[2]))
        elif line.startswith("# "):
            if entries[-1].samples:
                entries.append(Entry())
            entries[-1].words.append(line[2:])
    yield title, entries


def text() -> str:
    """The page."""
    return HEAD + "".join(_section(*each) for each in sections(SOURCE.read_text().splitlines()))


def _section(title: str, entries: list[Entry]) -> str:
    heading = re.sub(r" \(.*\)$", "", title)
    rows = "".join(_row(entry) for entry in entries)
    return f"\n## {heading[0].upper()}{heading[1:]}\n\n| setting | default | meaning |\n|---|---|---|\n{rows}"


def _row(entry: Entry) -> str:
    names = "<br>".join(f"`{name}`" for name, _ in entry.samples)
    defaults = "<br>".join(_default(name, sample) for name, sample in entry.samples)
    words = re.sub(r"\bdocs/([a-z/]+\.md)", r"[\1](\1)", " ".join(entry.words))
    words = re.sub(r"  (python3 -c '.*')", r" Create one: `\1`", words)
    words = re.sub(r"\bdeploy/clamav/README\.md", "[deploy/clamav/README.md](../deploy/clamav/README.md)", words)
    examples = [f"`{name}={sample}`" for name, sample in entry.samples if sample and sample != _plain(name)]
    shown = f" For example {', '.join(examples)}" if examples and entry.samples[0][0] in DEFAULTS else ""
    return f"| {names} | {defaults} | {(words + shown).replace('|', chr(92) + '|')} |\n"


def _plain(name: str) -> str:
    """Return a default as it would be written; empty if there is none."""
    default = DEFAULTS.get(name, MISSING)
    return "" if default is MISSING or default == () else str(default)


def _default(name: str, sample: str) -> str:
    """Describe a default; for a setting that the service does not read, the value in .env.example."""
    if name.lower() in REQUIRED:
        return "required"
    if name == "WEB_ROOT":
        return "`web/dist`"
    if name in DEFAULTS:
        return f"`{_plain(name)}`" if _plain(name) else "none"
    return f"`{sample}`" if sample and not name.startswith("OTEL_") else "none"


if __name__ == "__main__":
    TARGET.write_text(text())
