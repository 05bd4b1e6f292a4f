"""Parse S3's responses as botocore does, with less work for each header and time; a test compares the two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from botocore.parsers import ResponseParserFactory, RestXMLParser
from botocore.utils import parse_timestamp

_RestXMLParser: Any = RestXMLParser
"""Its type stubs lack the methods that are replaced here."""
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class LeanParsers(ResponseParserFactory):
    """The `response_parser_factory` of a botocore session, with our parser for S3."""

    def create_parser(self, protocol_name: str) -> Any:
        """Return a parser of a protocol's responses."""
        return _PARSER if protocol_name == "rest-xml" else super().create_parser(protocol_name)


class LeanParser(_RestXMLParser):  # type: ignore[misc]
    """Looks at each header of the response once, instead of searching for each that the operation may return."""

    def _parse_non_payload_attrs(
        self, response: Any, shape: Any, member_shapes: Mapping[str, Any], final_parsed: dict[str, Any]
    ) -> None:
        headers = {name.lower(): text for name, text in response["headers"].items()}
        for member, location, name in _outside_the_body(shape):
            if location == "header":
                if name in headers:
                    final_parsed[member] = self._parse_shape(member_shapes[member], headers[name])
            elif location == "headers":
                final_parsed[member] = self._parse_header_map(member_shapes[member], response["headers"])
            elif location == "statusCode":
                final_parsed[member] = self._parse_shape(member_shapes[member], response["status_code"])

    def _parse_payload(self, response: Any, shape: Any, member_shapes: Any, final_parsed: dict[str, Any]) -> None:
        if response["body"] != b"" or "payload" in shape.serialization:
            super()._parse_payload(response, shape, member_shapes, final_parsed)


@lru_cache(maxsize=128)
def _outside_the_body(shape: Any) -> list[tuple[str, str, str]]:
    """Return (member, location, header in lower case) of the members that a response has outside of its body."""
    return [
        (member, each.serialization["location"], each.serialization.get("name", member).lower())
        for member, each in shape.members.items()
        if "location" in each.serialization
    ]


def timestamp(text: Any) -> datetime:
    """Return the time of an S3 response; forms that S3 does not document are left to botocore."""
    if isinstance(text, str):
        try:
            if _ISO.fullmatch(text):
                return datetime.fromisoformat(text)
            if found := _HTTP_DATE.fullmatch(text):
                day, month, year, hour, minute, second = found.groups()
                date = int(year), _MONTHS.index(month) + 1, int(day)
                return datetime(*date, int(hour), int(minute), int(second), tzinfo=UTC)
        except ValueError:
            pass
    parsed: datetime = parse_timestamp(text)
    return parsed


_PARSER = LeanParser(timestamp_parser=timestamp)
