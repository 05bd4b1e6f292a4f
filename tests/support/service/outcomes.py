"""The outcome of a call, for comparisons of whole answers."""

from __future__ import annotations

from typing import Any


def outcome(answer: Any) -> tuple[int, Any]:
    """Return the status and the body of an answer."""
    return answer.status_code, answer.json
