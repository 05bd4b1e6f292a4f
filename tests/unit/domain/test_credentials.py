"""A credential's hash depends on the file, the key and all of the credential, and on nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.files.credentials import credential_hash

BASE = credential_hash("key", "file", {"a": "b", "c": "d"})


@given(st.permutations([("a", "b"), ("c", "d")]))
def test_the_order_of_keys_does_not_matter(items: list[tuple[str, str]]) -> None:
    assert credential_hash("key", "file", dict(items)) == BASE


@pytest.mark.parametrize(
    ("key", "file", "credential"),
    [
        ("other", "file", {"a": "b", "c": "d"}),
        ("key", "other", {"a": "b", "c": "d"}),
        ("key", "file", {"a": "b"}),
        ("key", "file", {"a": "b", "c": "D"}),
        ("key", "file", {"a": "b", "c": "d", "e": ""}),
        ("key", "file", {"ab": "", "c": "d"}),
    ],
)
def test_every_other_change_gives_another_hash(key: str, file: str, credential: dict[str, str]) -> None:
    assert credential_hash(key, file, credential) != BASE
