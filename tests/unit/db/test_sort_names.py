"""Keys of names by which lists sort and search."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.db.sort_names import MAX_NAME_KEY, name_key

FORMS = ("NFC", "NFD")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Ångström №1.PDF", "angstrom no1.pdf"),
        ("STRAẞE", "strasse"),
        ("Йод", "иод"),
        ("한국", "한국"),
        ("हिन्दी", "हिन्दी"),
        ("ＷＩＤＥ", "wide"),
    ],
)
def test_a_sort_key_has_no_case_and_no_accents(name: str, key: str) -> None:
    assert {name_key(unicodedata.normalize(form, name)) for form in FORMS} == {key}


@given(st.text(max_size=300))
def test_a_sort_key_is_short_and_the_same_in_every_unicode_form(name: str) -> None:
    key = name_key(name)
    assert len(key) <= MAX_NAME_KEY
    assert {name_key(unicodedata.normalize(form, name)) for form in FORMS} == {key}
    assert name_key(key) == key
