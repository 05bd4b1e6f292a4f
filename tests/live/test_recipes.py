"""docs/recipes/curl.md and python.md do what they say, on a real stack."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.pytest_parts import need
from devstack.tools import ROOT
from service.caller import Scope
from service.deps import build_deps
from service.domain.keys import create_key
from tests.harm import Asked, Forward, HarmfulProxy, Reply, harmful, refusing
from tests.live.client import CHUNK, random_bytes
from tests.live.stack import Stack
from tests.live.test_manuals import blocks

CURL = "recipes/curl.md"
EXPIRED = refusing(403, "AccessDenied")
"""What storage says to a URL whose time is over."""


class Line:
    """The way to storage: keeps count of the parts that were sent, by what became of them."""

    def __init__(self) -> None:
        self.sent: Counter[tuple[str, int]] = Counter()
        self.broken = True

    def __call__(self, asked: Asked, forward: Forward) -> Reply:
        if asked.method != "PUT":
            return forward(asked)
        part = asked.query["partNumber"]
        first_try = not any(number == part for number, _ in self.sent)
        reply = EXPIRED if part != "1" and (self.broken or first_try) else forward(asked)
        self.sent[part, reply.status] += 1
        return reply


@pytest.fixture
def storage(one_stack: Stack) -> Iterator[HarmfulProxy]:
    with harmful(one_stack.settings.s3_endpoint_url.removeprefix("http://")) as proxy:
        yield proxy


@pytest.fixture
def locked(one_stack: Stack, storage: HarmfulProxy) -> Iterator[dict[str, str]]:
    """A shell's environment for a service with login on, whose storage is behind the proxy."""
    key = create_key(build_deps(one_stack.settings), "curl", "Änn of the recipes", [Scope.UPLOAD, Scope.READ])[0]
    with one_stack.second_api(LOGIN="on", S3_PUBLIC_ENDPOINT_URL=storage.url) as api:
        yield {**os.environ, "LONGSHORE_URL": api.url, "LONGSHORE_TOKEN": key}


def test_curl(locked: dict[str, str], storage: HarmfulProxy, tmp_path: Path) -> None:
    """The page from top to bottom: broken off after the first part, then once more."""
    for name in ("curl", "jq", "openssl"):
        need(name)
    cargo = random_bytes(2 * CHUNK + 1000)
    (tmp_path / "cargo.bin").write_bytes(cargo)
    (tmp_path / "photo.jpg").write_bytes(random_bytes(1000))
    script = "".join(text for _, text in blocks(CURL))

    def run() -> subprocess.CompletedProcess[str]:
        words = ["sh", "-c", script]
        return subprocess.run(words, cwd=tmp_path, env=locked, capture_output=True, text=True, check=False)

    line = Line()
    with storage.doing(line):
        assert run().returncode == 1
        assert line.sent == {("1", 200): 1, ("2", 403): 3}
        line.sent.clear()
        line.broken = False
        done = run()
    assert done.returncode == 0, done.stderr
    # the private file is one part more
    assert line.sent == {("1", 200): 1, ("2", 403): 1, ("2", 200): 1, ("3", 403): 1, ("3", 200): 1}
    assert (tmp_path / "again.bin").read_bytes() == cargo
    [shown] = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / CURL).read_text(), re.DOTALL)
    assert json.loads((tmp_path / "refusal.json").read_text()) == json.loads(shown)
    assert f"wrong_credential: {json.loads(shown)['message']}" in done.stderr
