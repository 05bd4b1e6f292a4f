"""A client that is generated from the OpenAPI document uploads a file; other generators run by hand (docs/api.md)."""

from __future__ import annotations

from pathlib import Path

from service.db.models import File
from tests.support.live.stack import Stack
from tools.docs.generated.clients import upload_with


def test_a_typescript_client_uploads_a_file(one_stack: Stack, tmp_path: Path) -> None:
    payload, folder = tmp_path / "hello.txt", tmp_path / "generated"
    payload.write_bytes(b"hello")
    folder.mkdir()
    file_id = upload_with("typescript", one_stack.client.url, payload, folder)
    file = one_stack.row(File, file_id)
    assert (file.filename, file.size, file.virus_scan_status) == ("hello.txt", 5, "clean")
