"""The keys of `detail` that policies index: which keys, and the text of each value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.client.details import detail_filters
from service.routes.schemas.fields import DETAIL_FILTER
from service.values.indexed_details import digest_of, indexed_values, is_indexable

SCALARS = st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
KEYS = st.from_regex(r"[A-Za-z0-9_-]{1,9}", fullmatch=True)


@given(st.dictionaries(KEYS, SCALARS, max_size=4))
def test_the_python_clients_filters_match_the_indexed_values(detail: dict[str, Any]) -> None:
    """Also after a database has stored the detail as JSON."""
    stored = json.loads(json.dumps(detail))
    filters = detail_filters(detail)
    assert [f"{key}:{text}" for key, text in indexed_values(stored, list(detail)).items()] == filters
    assert all(DETAIL_FILTER.match(each) for each in filters)


@pytest.mark.parametrize(
    ("detail", "values"),
    [
        (None, {}),
        ({}, {}),
        ({"a": {"b": {"c": 1}}}, {"a.b.c": "1"}),
        ({"a": {"b": 1}, "a.b": 2}, {"a.b": "1"}),
        ({"a": [1], "a.b": None}, {}),
        ({"a": "x" * 1000, "a.b": "y"}, {"a": "x" * 1000}),
    ],
)
def test_values_of_nested_keys_are_indexed(detail: Any, values: dict[str, str]) -> None:
    assert indexed_values(detail, ["a", "a.b", "a.b.c"]) == values


@given(st.text(max_size=70))
def test_a_key_and_its_value_are_separated_unambiguously(key: str) -> None:
    if is_indexable(key):
        assert ":" not in key
        assert DETAIL_FILTER.match(f"{key}:a:b")
        assert digest_of(key, "a") != digest_of(f"{key}-", "a")
