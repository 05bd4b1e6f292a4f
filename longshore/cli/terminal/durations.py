"""Parse durations that people write."""

from __future__ import annotations

import re
from typing import Any

import click

SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}


class Duration(click.ParamType[int]):
    """A duration on the command line in seconds: `7d`, `12h`, `90`."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = re.fullmatch(r"(\d{1,9})([smhdw]?)", str(value).strip().lower(), re.ASCII)
        if found is None or int(found[1]) == 0:
            self.fail(f"{value!r} is not a duration; write 30m, 12h, 7d or a number of seconds", param, ctx)
        return int(found[1]) * SECONDS[found[2]]


class Time(click.DateTime):
    """A day or a time on the command line: `2026-01-31`, `2026-01-31T12:30:00`."""

    def __init__(self) -> None:
        super().__init__(("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"))

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is not a time; write 2026-01-31 or 2026-01-31T12:30", param, ctx)
