"""Errors of what the caller gave: keys, texts and ids. Nothing was sent."""

from __future__ import annotations

from longshore.client.errors.base import LongshoreError


class BadTokenError(LongshoreError):
    """The given key or token is malformed. Its text is not shown."""

    code = "bad_token"
    remedy = "Enter it exactly as you received it, on one line."

    def __init__(self) -> None:
        super().__init__("The API key or token is empty, or contains spaces or characters other than ASCII.")


class TokenFileError(LongshoreError):
    """The file of LONGSHORE_TOKEN_FILE cannot be read."""

    code = "token_file"
    remedy = "Correct LONGSHORE_TOKEN_FILE, or unset it."

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"The file of the API key or token, {path}, cannot be read ({reason}).")


class NotUtf8Error(LongshoreError):
    """A given text is not UTF-8. Nothing was sent."""

    code = "not_utf8"
    remedy = "Use UTF-8 for names, details and ids."

    def __init__(self) -> None:
        super().__init__("A given text is not UTF-8.")


class BadIdError(LongshoreError):
    """A given id is a path or a query. Nothing was sent: another endpoint could have understood it."""

    code = "bad_id"
    remedy = "Check the id; `longshore list` shows your files."

    def __init__(self) -> None:
        super().__init__("A given id has characters that no id has.")
