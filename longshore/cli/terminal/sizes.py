"""Parse and format sizes and rates for people."""

from __future__ import annotations

import math
import re
from typing import Any

import click

FACTORS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?(?:/s|ps)?", re.IGNORECASE)


def parse_size(text: str) -> int:
    """Bytes of `20MB/s`, `1.5GiB`, `4096`. Raises ValueError."""
    found = SIZE.fullmatch(text.strip())
    factor = FACTORS.get(found[2].lower()) if found else None
    if found is None or factor is None:
        raise ValueError(f"{text!r} is not a size; write 20MB, 1.5GiB or a number of bytes")
    return int(float(found[1]) * factor)


def size_text(size: float) -> str:
    """`1.5 GiB` of bytes."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"


def pace_text(speed: float, seconds_left: float | None) -> str:
    """`47.7 MiB/s, 1:05 left` of bytes a second and seconds, as far as they are known."""
    words = [f"{size_text(speed)}/s"] if speed else []
    if speed and seconds_left is not None:
        minutes, seconds = divmod(math.ceil(max(0.0, seconds_left)), 60)
        hours, minutes = divmod(minutes, 60)
        words.append(f"{f'{hours}:{minutes:02}' if hours else minutes}:{seconds:02} left")
    return ", ".join(words)


class Size(click.ParamType[int]):
    """A size or a rate on the command line, at least `least` bytes."""

    name = "size"

    def __init__(self, least: int = 1) -> None:
        self._least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            size = value if isinstance(value, int) else parse_size(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if size < self._least:
            self.fail(f"must be at least {size_text(self._least)}", param, ctx)
        return size
