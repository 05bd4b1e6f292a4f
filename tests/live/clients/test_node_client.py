"""The upload engine in Node.js on the real stack: the recipe of its README uploads a file and a stream."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.documents import block_of
from tests.support.live.client import CHUNK, random_bytes, sha256
from tests.support.live.stack import Stack
from tools.checks.web import WEB, build_package, node_environment
from tools.stack.servers.clamd import eicar

TYPE = "image/tiff"


@pytest.mark.parametrize("verdict", ["clean", "infected"])
def test_the_node_client_uploads_files_and_streams(one_stack: Stack, tmp_path: Path, verdict: str) -> None:
    build_package("client")
    (tmp_path / "node_modules" / "@longshore").mkdir(parents=True)
    (tmp_path / "node_modules" / "@longshore" / "client").symlink_to(WEB / "client")
    file, stream = random_bytes(CHUNK + 1), random_bytes(2 * CHUNK + 1)
    (tmp_path / "scan.tiff").write_bytes(file if verdict == "clean" else eicar())
    recipe = block_of("the client in Node").replace("https://files.example", one_stack.client.url)
    (tmp_path / "recipe.mjs").write_text(recipe)

    shown = subprocess.run(
        ["node", "recipe.mjs"], cwd=tmp_path, env=node_environment(), input=stream, capture_output=True, check=False
    )

    assert shown.returncode == 0, shown.stderr.decode()
    first, last = shown.stdout.decode().splitlines()
    uploaded, backup = one_stack.client.get(first.split()[0]), one_stack.client.get(last)
    assert (uploaded["filename"], uploaded["content_type"], uploaded["virus_scan_status"]) == (
        "scan.tiff",
        TYPE,
        verdict,
    )
    assert ("Malware was found" in first) == (verdict == "infected")
    assert (backup["filename"], backup["size"], backup["virus_scan_status"]) == ("backup.tar", len(stream), "clean")
    assert sha256(one_stack.client.download(backup).content) == sha256(stream)
    if verdict == "clean":
        assert sha256(one_stack.client.download(uploaded).content) == sha256(file)
