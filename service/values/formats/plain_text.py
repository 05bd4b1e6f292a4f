"""Text of clients and other parts, made safe to show: one line, without invisible characters, of a limited length."""

from __future__ import annotations


def plain_text(text: str, most: int) -> str:
    """Return at most `most` characters; those without a shape (line breaks, controls, directions) become spaces."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"
