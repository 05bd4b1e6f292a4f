"""Paths of folders: which are accepted, and which are of the same folder."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.limits import MAX_FOLDER_DEPTH, MAX_NAME_LENGTH, MAX_PATH_NAME
from service.values.folders import checked_path, is_same_or_below, name_digest, names_of, tree_of

NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="/\\"), min_size=1, max_size=30)
PATHS = st.lists(NAMES.filter(lambda name: name not in {".", ".."}), min_size=1, max_size=MAX_FOLDER_DEPTH).map(
    "/".join
)


@given(PATHS)
def test_every_path_of_names_is_accepted_unchanged(path: str) -> None:
    assert checked_path(path) == path


def _accepted(text: str) -> str:
    """The path, empty if it is refused."""
    try:
        return checked_path(text)
    except ValueError:
        return ""


@given(st.text(st.sampled_from("ab./\\\0\n\x85\u0301 ")) | st.text())
def test_any_text_is_a_path_of_names_or_refused(text: str) -> None:
    path = _accepted(text)
    names = names_of(path)
    assert path == "/".join(names)
    assert len(path) <= MAX_PATH_NAME
    assert all(0 < len(name) <= MAX_NAME_LENGTH and name not in {".", ".."} for name in names)
    assert not any(unicodedata.category(char) == "Cc" or char == "\\" for char in path)


@pytest.mark.parametrize(
    ("most", "more"),
    [
        ("a" * MAX_NAME_LENGTH, "a" * (MAX_NAME_LENGTH + 1)),
        ("/".join("a" * MAX_FOLDER_DEPTH), "/".join("a" * (MAX_FOLDER_DEPTH + 1))),
        ("/".join(["a" * 204] * 5), "/".join(["a" * 204] * 4 + ["a" * 205])),
    ],
    ids=["a name", "names", "characters"],
)
def test_paths_beyond_a_limit_are_refused(most: str, more: str) -> None:
    assert checked_path(most) == most
    with pytest.raises(ValueError, match=r"longer than|Longer than|More than"):
        checked_path(more)


@given(PATHS, PATHS)
def test_a_path_is_below_its_parents_in_every_unicode_form(top: str, rest: str) -> None:
    for form in ("NFC", "NFD"):
        assert is_same_or_below(unicodedata.normalize(form, f"{top}/{rest}"), top)
    assert is_same_or_below(top, top)
    assert not is_same_or_below(top, f"{top}/{rest}")


@given(NAMES, NAMES)
def test_names_are_equal_only_if_their_normalized_letters_are(one: str, other: str) -> None:
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    assert (name_digest(one) == name_digest(other)) == same


def test_every_owner_has_a_separate_tree() -> None:
    assert len({tree_of(owner) for owner in (None, "ann", "Ann", "ann ")}) == 4
    assert tree_of("ann") == tree_of("ann")
