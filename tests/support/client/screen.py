"""Compute the final screen of a terminal, with the control sequences of progress bars only."""

from __future__ import annotations

import re

PIECE = re.compile(r"\x1b\[(?P<number>[?\d;]*)(?P<command>[A-Za-z])|(?P<move>[\r\n])|(?P<text>[^\x1b\r\n]+)")


def screen(written: str) -> list[str]:
    """Return the remaining lines, without trailing spaces and without empty lines at the end.

    Raises ValueError for an unknown sequence. No line may be longer than the terminal is wide.
    """
    lines, row, column = [""], 0, 0
    for found in PIECE.finditer(written):
        command, count = found["command"], int(found["number"]) if (found["number"] or "").isdigit() else 1
        if found["text"]:
            line = lines[row].ljust(column)
            lines[row] = line[:column] + found["text"] + line[column + len(found["text"]) :]
            column += len(found["text"])
        elif found["move"] == "\r":
            column = 0
        elif found["move"]:
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif command == "A":
            row = max(0, row - count)
        elif command == "K" and count == 2:
            lines[row] = ""
        elif command not in "mhl":
            raise ValueError(found[0])
    return "\n".join(line.rstrip() for line in lines).rstrip().split("\n")
