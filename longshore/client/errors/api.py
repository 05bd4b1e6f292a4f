"""The base classes of the errors that the API returns, and the error for an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from longshore.client.errors.base import LongshoreError
from longshore.client.errors.connections import UnexpectedAnswerError

FIRST_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z`])")
"""The service's messages are a sentence about what happened, then what a caller of the API does about it."""
PASSING_STATUSES = frozenset({408, 429, 502, 503, 504})
"""Status codes after which the same call may succeed."""
PASSING_CODES = frozenset({"completion_in_progress", "init_in_progress"})
BY_CODE: dict[str, type[ApiError]] = {}
"""The error of each code of the API; the package adds all of its own."""


class ApiError(LongshoreError):
    """The service refused. errors: `[field] reason` lines; extra: further fields of the answer; retry_after: seconds.

    happened: replaces the first sentence of the service's message, if that is about HTTP. is_foreign: the refusal is
    not the service's, which gives a reason, but a proxy's or another server's.
    """

    code = "internal_error"
    happened: ClassVar[str | None] = None
    remedy = "Try again; if it fails again, tell the operator."

    def __init__(self, status: int, answer: Mapping[str, Any], retry_after: float = 0.0) -> None:
        self.status = status
        self.errors: list[str] = list(answer.get("errors") or [])
        self.extra = {name: answer[name] for name in answer.keys() - {"code", "message", "errors", "success"}}
        self.retry_after = retry_after
        self.is_foreign = not answer.get("message") and 400 <= status < 500
        text = str(answer.get("message") or f"The service answered {status} without a reason.")
        # a code that this version does not know: its message contains the only remedy
        is_known = not answer.get("message") or answer.get("code") in BY_CODE
        happened = (self.happened or FIRST_SENTENCE.split(text)[0]) if is_known else text
        details = [f"{'; '.join(self.errors).rstrip('.')}."] if self.errors else []
        remedy = UnexpectedAnswerError.remedy if self.is_foreign else None if is_known else ""
        super().__init__(" ".join([happened, *details]), remedy)

    @property
    def passing(self) -> bool:
        """Whether the same call may succeed later."""
        return self.status in PASSING_STATUSES or self.code in PASSING_CODES

    def chunks(self, name: str) -> list[int]:
        """Chunk indexes in the answer's field `missing` or `mismatched`."""
        return [index for index in self.extra.get(name) or [] if isinstance(index, int)]


class DependencyError(ApiError):
    """A dependency of the service is down."""

    remedy = "Try again shortly; nothing is lost."


def refusal(status: int, answer: Mapping[str, Any], retry_after: float = 0.0) -> ApiError:
    """Return the error for the answer's code; a plain ApiError for an unknown code."""
    return BY_CODE.get(str(answer.get("code")), ApiError)(status, answer, retry_after)


def all_of(base: type[ApiError]) -> list[type[ApiError]]:
    """Return a class with all that are derived from it."""
    return [base, *(each for child in base.__subclasses__() for each in all_of(child))]
