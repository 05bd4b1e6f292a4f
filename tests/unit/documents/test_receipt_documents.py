"""docs/receipts.md: its example works as it stands there; and the commands that make and show the key."""

from __future__ import annotations

import jwt
import pytest
from click.testing import CliRunner

from longshore.main import longshore
from longshore.receipts.signatures import ReceiptSigner, published_keys
from tests.support.documents import block_of
from tests.support.service.environments import GOOD


def test_the_example_checks_a_receipt() -> None:
    signer = ReceiptSigner("0b" * 32)
    names = {"KEYS": published_keys(signer.public_key), "RECEIPT": signer.sign({"size": 5})}
    exec(block_of("a receipt in Python"), names)
    assert names["contents"] == {"size": 5}


def test_the_example_refuses_a_changed_receipt_and_another_signer() -> None:
    signer, other = ReceiptSigner("0b" * 32), ReceiptSigner("0c" * 32)
    keys, genuine = published_keys(signer.public_key), signer.sign({"size": 5}).split(".")
    changed = ".".join([genuine[0], signer.sign({"size": 6}).split(".")[1], genuine[2]])
    for receipt, error in ((changed, jwt.InvalidSignatureError), (other.sign({"size": 5}), KeyError)):
        with pytest.raises(error):
            exec(block_of("a receipt in Python"), {"KEYS": keys, "RECEIPT": receipt})


def test_a_key_is_made_and_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in GOOD.items():
        monkeypatch.setenv(name, text)
    run = CliRunner().invoke
    assert run(longshore, ["receipt-key", "show"]).exit_code == 1
    made = run(longshore, ["receipt-key", "make"]).stdout.strip()
    monkeypatch.setenv("RECEIPT_KEY", made)
    shown = run(longshore, ["receipt-key", "show"])
    assert (shown.stdout.strip(), made in shown.output) == (ReceiptSigner(made).public_key, False)
