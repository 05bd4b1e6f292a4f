"""Replies of storage, and the places of its objects."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from service.values import Location

AT = Location("longshore-private", "key")
TO = Location("longshore-public", "key")


def answer(code: str, status: int = 400) -> ClientError:
    reply: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(reply, "ListParts")
