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
