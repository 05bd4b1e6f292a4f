"""The keys of objects: which prefixes a policy may set, and which keys are in the service's format."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.values.formats.ids import is_id, new_id
from service.values.object_keys import (
    MAX_PREFIX,
    adopted_name,
    id_in,
    is_ours,
    is_own,
    is_prefix,
    prefix_of,
    upload_key,
)

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=256)


@given(st.text(st.sampled_from("aZ0_-./ %?#\\+\n\x00ä"), max_size=12) | st.text(max_size=MAX_PREFIX + 1))
def test_a_prefix_is_the_same_in_a_path_and_in_a_url(prefix: str) -> None:
    if is_prefix(prefix):
        assert quote(prefix, safe="/") == prefix
        assert prefix == "" or prefix.endswith("/")
        assert not {"", ".", ".."} & {*prefix.split("/")[:-1]}


@pytest.mark.parametrize("prefix", ["", "invoices/", "invoices/2026/", "a.b-c_D/", "x" * (MAX_PREFIX - 1) + "/"])
def test_a_key_consists_of_a_prefix_and_an_id(prefix: str) -> None:
    own = new_id()
    assert is_prefix(prefix)
    for key in (prefix + own, f"quarantine/{prefix}{own}"):
        assert (upload_key(key), id_in(key), is_own(key, {prefix})) == (prefix + own, own, True)
        assert not is_own(key, {"others/"})
        assert prefix_of(key) + own == key
        assert len(key) < 255


@pytest.mark.parametrize("key", ["", "a", "invoices/", f"invoices/{new_id()}/x", f"invoices/{new_id().upper()}"])
def test_keys_of_other_programs_are_not_ours(key: str) -> None:
    assert not is_own(key, {"", "invoices/"})
    assert not is_id(id_in(key))
    assert not is_ours(key)


@pytest.mark.parametrize("key", ["quarantine/x", "probe-1", "doctor-probe", "{}", "old/prefix/{}", "quarantine/a/{}"])
def test_keys_in_the_services_format_are_never_adopted(key: str) -> None:
    assert is_ours(key.format(new_id()))


@given(KEYS, KEYS)
def test_an_adopted_object_has_a_unique_name_of_a_fixed_form(one: str, other: str) -> None:
    names = {(bucket, key): adopted_name(bucket, key) for bucket in ("archive", "archive2") for key in (one, other)}
    assert len(set(names.values())) == len(names)
    for name in names.values():
        assert (len(name), name.isascii(), is_ours(name)) == (72, True, False)
