"""What settings must not say together, and what production does not start with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SAMPLE = "change-me"
"""Every secret of .env.example holds it."""


def contradictions(values: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    """Why these settings do not go together, a line for each variable at fault.

    values: what was read, by field; texts: how it was written, by variable.
    """
    return _production(values, texts) if values.get("env") == "production" else []


def _production(values: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    wrong = [
        f"{name} holds a sample secret of .env.example, which everybody knows"
        for name, text in texts.items()
        if SAMPLE in text
    ]
    if values.get("login") != "on":
        wrong.append("LOGIN is off; with ENV=production it has to be on")
    return wrong
