"""Receipts: signatures, keys, and the refusal of changed or forged receipts."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from longshore.receipts.signatures import ReceiptError, ReceiptSigner, checked, is_public_key, key_id, published_keys
from service.domain.records.objects.packed_parts import pack_parts, unpack_parts
from service.values import StoredPart

KEY, OTHER = "0b" * 32, "0c" * 32
SIGNER = ReceiptSigner(KEY)
KEYS: list[dict[str, Any]] = published_keys(SIGNER.public_key)["keys"]
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=3)


@given(st.dictionaries(TEXT, JSON, max_size=5))
def test_a_signed_receipt_is_read_back(contents: dict[str, Any]) -> None:
    assert checked(SIGNER.sign(contents), KEYS) == (contents, SIGNER.key_id)


@given(st.data())
def test_a_receipt_with_one_changed_letter_is_refused(data: st.DataObject) -> None:
    receipt = SIGNER.sign({"size": 5, "filename": "hello.txt"})
    at = data.draw(st.integers(0, len(receipt) - 1))
    letter = data.draw(st.sampled_from([each for each in "AZaz09-_." if each != receipt[at]]))
    changed = receipt[:at] + letter + receipt[at + 1 :]
    try:
        same = checked(changed, KEYS)[0] == {"size": 5, "filename": "hello.txt"}
    except ReceiptError:
        return
    assert same  # the last letter of base64 has bits that mean nothing


@given(st.text())
def test_forged_receipts_are_refused(text: str) -> None:
    with pytest.raises(ReceiptError):
        checked(text, KEYS)


def test_any_jose_library_can_check_a_receipt() -> None:
    receipt = SIGNER.sign({"size": 5})
    assert jwt.get_unverified_header(receipt) == {"alg": "EdDSA", "kid": SIGNER.key_id, "typ": "longshore-receipt"}
    assert jwt.decode(receipt, jwt.PyJWK(KEYS[0]), algorithms=["EdDSA"]) == {"size": 5}


def test_a_key_id_is_the_keys_thumbprint() -> None:
    """RFC 8037, appendix A.1 and A.3."""
    example = ReceiptSigner("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    assert example.public_key == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert example.key_id == key_id(example.public_key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_receipts_of_both_keys_are_valid_after_a_rotation() -> None:
    """The newest key signs, and older receipts stay valid."""
    newer = ReceiptSigner(OTHER)
    keys = published_keys(newer.public_key, SIGNER.public_key)["keys"]
    assert [key["kid"] for key in keys] == [newer.key_id, SIGNER.key_id]
    for signer in (SIGNER, newer):
        assert checked(signer.sign({"a": 1}), keys) == ({"a": 1}, signer.key_id)
    with pytest.raises(ReceiptError, match="not one of the given keys"):
        checked(newer.sign({"a": 1}), KEYS)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("none", None),
        ("HS256", SIGNER.public_key + "x" * 32),
        ("EdDSA", Ed25519PrivateKey.from_private_bytes(b"\x0c" * 32)),
    ],
)
def test_another_algorithm_or_key_under_our_key_id_is_refused(algorithm: str, key: Any) -> None:
    headers = {"kid": SIGNER.key_id, "typ": "longshore-receipt"}
    forged = jwt.PyJWS().encode(json.dumps({"size": 6}).encode(), key, algorithm, headers=headers)
    with pytest.raises(ReceiptError, match="wrong"):
        checked(forged, KEYS)


def test_a_key_id_is_computed_from_the_key_and_not_read_from_its_jwk() -> None:
    """A JWK Set that gives another key our key's id does not make that key's receipts valid."""
    [stranger] = published_keys(ReceiptSigner(OTHER).public_key)["keys"]
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(OTHER))
    headers = {"kid": SIGNER.key_id, "typ": "longshore-receipt"}
    forged = jwt.PyJWS().encode(b'{"size":6}', key, "EdDSA", headers=headers)
    with pytest.raises(ReceiptError, match="not one of the given keys"):
        checked(forged, [stranger | {"kid": SIGNER.key_id}])
    assert checked(SIGNER.sign({"size": 5}), [KEYS[0] | {"kid": "renamed"}]) == ({"size": 5}, SIGNER.key_id)


def test_other_tokens_signed_by_the_key_are_refused() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEY))
    token = jwt.encode({"sub": "ann"}, key, "EdDSA", headers={"kid": SIGNER.key_id})
    with pytest.raises(ReceiptError, match="not a receipt"):
        checked(token, KEYS)


@pytest.mark.parametrize(
    ("text", "good"),
    [(SIGNER.public_key, True), (SIGNER.public_key[:-1], False), (KEY, False), ("", False), ("ü", False)],
)
def test_public_keys_are_distinguished_from_other_text(text: str, good: bool) -> None:
    assert is_public_key(text) is good


CHECKSUM = "0123456789+/abcdefghijklmnopqrstuvwxyzABCDE="
PARTS = st.builds(
    StoredPart, st.integers(1, 10_000), st.integers(0, 5 * 2**30), st.text(max_size=50), st.none() | st.just(CHECKSUM)
)


@given(st.lists(PARTS, min_size=1))
def test_parts_are_unpacked_as_they_were_packed(parts: list[StoredPart]) -> None:
    assert unpack_parts(pack_parts(parts) or b"") == parts


def test_an_empty_list_of_parts_is_packed_as_unknown() -> None:
    assert pack_parts([]) is None
