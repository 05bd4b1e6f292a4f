"""The short way of reading and writing chunks gives the same result as marshmallow's long one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validate

from service.limits import MAX_OBJECT_SIZE, MAX_PARTS
from service.routes.schemas.requests.uploads import ChunkBody, ChunkList, SignBody
from service.routes.schemas.responses.uploads import SignedChunkList, SignedChunkSchema
from service.values import SignedChunk

NUMBERS = st.sampled_from([-1, 0, 1, MAX_PARTS - 1, MAX_PARTS, MAX_OBJECT_SIZE, MAX_OBJECT_SIZE + 1])
ODD = st.none() | st.booleans() | st.floats(allow_nan=False) | st.just("5") | st.just([])
CHECKSUMS = st.sampled_from(["AAAAAA==", "", "not base64!", "AAAA\n", "A" * 64, "A" * 68, "A" * 65])
CHUNKS = st.fixed_dictionaries(
    {"chunk_index": NUMBERS | ODD},
    optional={"chunk_size": NUMBERS | ODD, "checksum": CHECKSUMS | ODD, "nonsense": st.just(1)},
)
IDS = st.sampled_from(["", "a", "a" * 64, "a" * 65]) | ODD
BODIES = st.fixed_dictionaries(
    {"upload_id": IDS, "chunk_index": NUMBERS | ODD},
    optional={
        "chunk_size": NUMBERS | ODD,
        "checksum": CHECKSUMS | ODD,
        "chunks": st.lists(CHUNKS, max_size=1),
        "nonsense": st.just(1),
    },
)
LONG_WAY = fields.List(fields.Nested(ChunkBody), validate=validate.Length(min=1, max=1000))


def loaded(field: fields.Field[Any], value: Any) -> Any:
    schema = Schema.from_dict({"chunks": field})()
    try:
        return schema.load({"chunks": value})["chunks"]
    except ValidationError as error:
        return error.messages


def loaded_body(load: Callable[..., Any], body: Any) -> Any:
    try:
        return load(SignBody(), body)
    except ValidationError as error:
        return error.messages


@given(BODIES | ODD)
def test_a_body_is_read_as_by_marshmallow(body: Any) -> None:
    assert loaded_body(SignBody.load, body) == loaded_body(Schema.load, body)


@given(st.lists(CHUNKS | ODD, max_size=4) | ODD)
def test_a_chunk_list_is_read_as_by_marshmallow(value: Any) -> None:
    assert loaded(ChunkList(), value) == loaded(LONG_WAY, value)


@pytest.mark.parametrize("count", [0, 1, 1000, 1001])
def test_the_number_of_chunks_is_limited_as_by_marshmallow(count: int) -> None:
    value = [{"chunk_index": 0}] * count
    assert loaded(ChunkList(), value) == loaded(LONG_WAY, value)


def test_a_chunk_list_is_written_as_by_marshmallow() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    chunks = [
        SignedChunk(0, 1, "PUT", "http://a", {}, at),
        SignedChunk(1, 2, "PUT", "http://b", {"x": "y"}, at.replace(microsecond=0)),
    ]
    long_way = Schema.from_dict({"chunks": fields.List(fields.Nested(SignedChunkSchema))})()
    short_way = Schema.from_dict({"chunks": SignedChunkList("Chunks.")})()
    assert short_way.dump({"chunks": chunks}) == long_way.dump({"chunks": chunks})
