"""The base class of all errors of the client."""

from __future__ import annotations

from typing import ClassVar


class LongshoreError(Exception):
    """Base of all errors. code: for programs; message: what happened; remedy: what to do."""

    code: ClassVar[str] = "failed"
    remedy: str = "Try again."
    message: str

    def __init__(self, message: str, remedy: str | None = None) -> None:
        """remedy: replaces that of the class."""
        self.message = message
        if remedy is not None:
            self.remedy = remedy
        super().__init__(message)

    @property
    def sentence(self) -> str:
        """Return a sentence about what happened, then what to do: for people."""
        return f"{self.message} {self.remedy}".strip()
