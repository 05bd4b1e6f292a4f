"""Progress of long commands: add up the counts of each step and print them on standard error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click


class Progress:
    """Add up counts by name; print them after every step, and at the end on standard output."""

    def __init__(self, **names: int) -> None:
        self.counts = names

    def add(self, step: Mapping[str, int], more: str = "") -> None:
        for name, count in step.items():
            self.counts[name] = self.counts.get(name, 0) + count
        click.echo(f"{self._words()}{more}", err=True)

    def end(self, as_json: bool, **more: Any) -> None:
        click.echo(json.dumps({**self.counts, **more}) if as_json else self._words())

    def _words(self) -> str:
        return " ".join(f"{name}={count}" for name, count in self.counts.items())
