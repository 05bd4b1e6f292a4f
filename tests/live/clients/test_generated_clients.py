"""Clients that are generated from the OpenAPI document upload a file, wait for its verdict and read it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.live.stack import Stack
from tools.docs.generated.clients import USES, upload_with

LINK = ("download_url", "download_expires_at")
"""Fields that differ in every answer."""


def values(file: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a file, however a language writes times and null."""
    present = {name: text for name, text in file.items() if text is not None and name not in LINK}
    return present | {
        name: datetime.fromisoformat(text) for name, text in present.items() if name.endswith(("_at", "_date"))
    }


@pytest.mark.parametrize("name", USES)
def test_a_generated_client_uploads_and_reads_a_file(name: str, one_stack: Stack, tmp_path: Path) -> None:
    payload, folder = tmp_path / "hello.txt", tmp_path / "generated"
    payload.write_bytes(b"hello")
    folder.mkdir()
    uploaded = upload_with(name, one_stack.client.url, payload, folder)
    file = one_stack.client.get(uploaded["file"]["id"])
    assert (file["filename"], file["size"], file["virus_scan_status"]) == ("hello.txt", 5, "clean")
    assert uploaded["content"] == "hello"
    assert values(uploaded["file"]) == values(file)
