"""The base class of the operators' calls: one request below /api/v1/admin/, and a list page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from longshore.client.api import pages
from longshore.client.network.http import Http
from longshore.client.values import load_page

ADMIN = "/api/v1/admin"
T = TypeVar("T")


class Calls:
    """The base class of each topic's calls."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def _call(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Send one request. path: below /api/v1/admin. Returns the data of the answer."""
        return self._http.call(method, f"{ADMIN}{path}", query=query, body=body)

    def _list(self, kind: type[T], path: str, query: Mapping[str, Any] | None = None) -> Iterator[T]:
        """Yield the items of all pages of a list."""
        return pages(lambda **page: load_page(kind, self._call("GET", path, query={**(query or {}), **page})))
