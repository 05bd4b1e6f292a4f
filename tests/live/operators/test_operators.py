"""The commands of docs/operators.md for files, uploads and scans, on the real stack."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from service.db.models import File
from service.domain.accounts.keys import create_key
from service.values.access.caller import Scope
from tests.support.documents import block_of
from tests.support.live.client import Caller
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tests.support.login import ALL_OF_ONES_OWN
from tests.support.programs.shell import Shell
from tests.support.programs.warm_commands import python_command
from tools.stack.servers.clamd import eicar


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, {}, python_command())


def test_the_commands_of_the_manual_list_files_uploads_and_scans(one_stack: Stack, shell: Shell) -> None:
    with one_stack.second_api(LOGIN="on") as api:
        olivia = create_key(one_stack.deps, "operators", "olivia", [Scope.ADMIN])[0]
        ann = Caller(api.url, create_key(one_stack.deps, "operators", "ann", ALL_OF_ONES_OWN)[0])
        bad, failed = str(ann.upload(eicar())["id"]), str(ann.ready(b"hello")["id"])
        ann.wait_stage(bad, "quarantined")
        opened = ann.init(size=5, filename="slow.bin")
        with one_stack.db.write() as session:
            values = {"virus_scan_status": "error", "virus_scan_result": "The scanner was ill.", "scan_due_at": None}
            session.execute(update(File).where(File.id == failed).values(**values))
        env = {"LONGSHORE_URL": api.url, "LONGSHORE_TOKEN": olivia, "FILE_ID": bad}
        output = shell.run(block_of("files, uploads and scans"), env)
        for expected in (
            f"{bad}  ",
            "owner         ann\n",
            f"job           {one_stack.queue.scan_job(bad).status}\n",  # type: ignore[union-attr]
            f"{opened['upload_id']}  ",
            f"{failed}  failed ",
            "The scanner was ill.",
        ):
            assert expected in output
        file = eventually(lambda: ann.get(failed), lambda file: file["virus_scan_status"] == "clean")
        assert "owner" not in file
        ann.request("DELETE", f"/api/v1/file/upload/{opened['upload_id']}")
