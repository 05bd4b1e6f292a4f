"""The manuals' commands for a running service work as they are written."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from longshore import Client
from longshore.cli.exits import OTHER_BYTES
from service.db.models import Audit
from service.domain.accounts.keys import create_key
from service.values.access.caller import Scope
from tests.support.documents import block_of, blocks_of
from tests.support.live.client import CHUNK, FILE, Caller, random_bytes
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tests.support.matchers import AN_ID, Like, failure
from tests.support.programs.shell import Shell
from tests.support.programs.warm_commands import python_command
from tools.stack.pytest_parts import need

IN_THE_DOCUMENTS = "http://127.0.0.1:8000"
"""The address of `./dev up`."""
PIN = {"pin": "4711"}
"""The credential in the manual's example."""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder with three files."""
    for name in ("sample.bin", "photo.jpg", "backup.tar"):
        (tmp_path / name).write_bytes(random_bytes(100_000))
    return Shell(tmp_path, python=python_command())


@pytest.fixture
def env(one_stack: Stack, tmp_path: Path, shell: Shell) -> dict[str, str]:
    """A file of the service's is in FILE_ID."""
    with Client(one_stack.client.url) as client:
        file = client.upload(tmp_path / "sample.bin")
    return {"LONGSHORE_URL": one_stack.client.url, "FILE_ID": file.id}


def test_the_manual_of_the_command_line_works(shell: Shell, env: dict[str, str], one_stack: Stack) -> None:
    client = one_stack.client
    of_others = {"path_name": "photos", "recursive": "true"}
    for file in client.data("GET", f"{FILE}/all", params=of_others)["items"]:
        client.request("DELETE", f"{FILE}/{file['id']}")
    sample, photo = ((shell.folder / name).read_bytes() for name in ("sample.bin", "photo.jpg"))
    sending, folders, resuming, _, rest = (shell.run(block, env) for block in blocks_of("the manual"))

    *lines, queued = sending.splitlines()
    ids, verdicts, paths = zip(*(line.split("  ") for line in lines), strict=True)
    assert (set(verdicts), sorted(paths)) == ({"clean"}, ["-", "photo.jpg", *["sample.bin"] * 3])
    sent = [
        json.loads(queued)["file"]["id"],
        *(of for of, path in zip(ids, paths, strict=True) if path == "sample.bin"),
    ]
    files = [*map(client.wait_ready, sent[:3]), client.wait_ready(sent[3], PIN)]
    assert [client.download(file).content for file in files] == [sample] * 4
    assert (files[-1]["is_private"], files[-1]["detail"]) == (True, {"ship": "Ägir"})
    with tarfile.open(fileobj=io.BytesIO(client.download(client.get(ids[paths.index("-")])).content)) as tar:
        assert (tar.getnames(), tar.extractfile("photo.jpg").read()) == (["photo.jpg"], photo)  # type: ignore[union-attr]

    sent_folder, skipped, listed, downloaded = folders.splitlines()
    assert (sent_folder, skipped) == (Like(f"{AN_ID.pattern}  clean  photos/2026/photo.jpg"), sent_folder)
    assert (listed.split()[0], listed.split()[-1]) == (sent_folder.split()[0], "photos/2026/photo.jpg")
    assert downloaded.startswith("copy/photos/2026/photo.jpg  ")

    assert resuming.splitlines() == [Like(f"{AN_ID.pattern}  clean  sample.bin")]
    assert (shell.folder / "again.bin").read_bytes() == sample

    assert "genuine: signed with the key" in rest
    [of_appointment] = [line for line in rest.splitlines() if line == AN_ID]  # as --quiet prints it
    for file_id in (env["FILE_ID"], of_appointment):
        gone = client.request("GET", f"{FILE}/get/{file_id}")
        assert (gone.status_code, gone.json()) == (404, failure("file_not_found"))
    users = {line.split("  ")[0] for line in rest.splitlines() if line.endswith("  ann")}
    left = {user["id"] for user in client.data("GET", "/api/v1/users/")["items"]}
    assert (len(users), users & left) == (1, set())


def test_the_manual_of_the_python_client_works(shell: Shell, env: dict[str, str], one_stack: Stack) -> None:
    code = "".join(blocks_of("the manual in Python"))
    output = shell.run("python -", env, said_to_it=code).splitlines()
    assert output[:2] == [Like(f"{AN_ID.pattern} clean"), Like("SHA256|size")]
    sample = (shell.folder / "sample.bin").read_bytes()
    assert (shell.folder / "again.bin").read_bytes() == sample
    gone = one_stack.client.request("GET", f"{FILE}/get/{output[0].split()[0]}")
    assert (gone.status_code, gone.json()) == (404, failure("file_not_found"))

    assert output[2] == Like(f"to resume: {AN_ID.pattern}")
    [sent] = [row for row in listed(one_stack) if row["upload_id"] == output[2].split()[-1]]
    assert one_stack.client.download(one_stack.client.get(sent["id"])).content == sample
    assert output[-1].startswith(f"{len(sample)} {len(sample)} ")


def listed(stack: Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stack.client.data("GET", f"{FILE}/all")["items"]
    return found


def test_the_quick_start_and_the_first_receipt_work(shell: Shell, one_stack: Stack) -> None:
    """In one shell: docs/receipts.md continues with the file that docs/start.md uploads."""
    need("curl")
    need("jq")
    (shell.folder / "photo.jpg").write_bytes(random_bytes(2 * CHUNK + 1))
    script = "".join([*blocks_of("quick start"), block_of("a first receipt")])
    commands = script.replace(IN_THE_DOCUMENTS, one_stack.client.url)
    output = shell.run(f"exec 2>&1\n{commands}", {"LONGSHORE_URL": one_stack.client.url})
    assert (shell.folder / "copy.jpg").read_bytes() == (shell.folder / "photo.jpg").read_bytes()
    words = [line.split(":")[0] for line in block_of("a receipt's words").splitlines()]
    facts = dict(line.split(": ", 1) for line in output.splitlines()[-len(words) :])
    assert [*facts] == words
    assert (facts["verdict"][:15], facts["bytes"][:9]) == ("clean by ClamAV", "identical")
    file_id = json.loads((shell.folder / "init.json").read_text())["data"]["file_id"]
    assert f"id {file_id}" in facts["file"]


@pytest.mark.parametrize(("name", "size"), [("R&D 100% a+b.jpg", CHUNK + 1), ("-é = “#1”.jpg", 1000)])
def test_curl_sends_a_file_of_any_name(shell: Shell, one_stack: Stack, name: str, size: int) -> None:
    need("curl")
    need("jq")
    (shell.folder / name).write_bytes(random_bytes(size))
    by_curl = next(block for block in blocks_of("quick start") if "/upload/init/" in block)
    commands = by_curl.replace(IN_THE_DOCUMENTS, one_stack.client.url).replace("FILE=photo.jpg", f"FILE='{name}'")
    shell.run(commands.replace('cmp "$FILE"', 'cmp -- "$FILE"'), {})
    file_id = json.loads((shell.folder / "init.json").read_text())["data"]["file_id"]
    assert one_stack.client.get(file_id)["filename"] == name
    assert (shell.folder / "again.jpg").read_bytes() == (shell.folder / name).read_bytes()


def test_the_first_steps_work(shell: Shell, env: dict[str, str], one_stack: Stack) -> None:
    """`./dev longshore` is `longshore` with the address set (tests/stack/test_up.py)."""
    (shell.folder / "dev").write_text('#!/bin/sh\nshift\nexec longshore "$@"\n')
    (shell.folder / "dev").chmod(0o700)
    sent, newest, *output = shell.run(block_of("first steps"), env).splitlines()
    assert sent == Like(f"{AN_ID.pattern}  clean  sample.bin")
    file_id = sent.split()[0]
    assert newest.startswith(file_id)
    [status] = [line for line in output if line.startswith("ready  ")]
    assert status.endswith("verdict: clean")
    assert (shell.folder / "again.bin").stat().st_size == 20_000_000
    gone = one_stack.client.request("GET", f"{FILE}/get/{file_id}")
    assert (gone.status_code, gone.json()) == (404, failure("file_not_found"))


def test_the_refusal_in_the_manual_is_returned(shell: Shell, one_stack: Stack) -> None:
    need("curl")
    refused = json.loads(shell.run(block_of("a refusal").replace(IN_THE_DOCUMENTS, one_stack.client.url), {}))
    assert refused == failure("invalid_body", "[chunk_index] Give either chunk_index or chunks.")


def test_the_login_command_stores_the_url_and_key(shell: Shell, one_stack: Stack) -> None:
    """The command prompts for the key and stores it; the following commands use it without any variable."""
    key = create_key(one_stack.deps, "manual", "ann of the manual", [Scope.UPLOAD, Scope.READ])[0]
    with one_stack.second_api(LOGIN="on") as locked:
        commands = block_of("which service").replace("https://files.example", locked.url)
        output = shell.run(commands, {}, said_to_it=f"{key}\n")
        kept = shell.home / ".config" / "longshore" / "config.json"
        assert (json.loads(kept.read_text())["url"], kept.stat().st_mode & 0o777) == (locked.url, 0o600)
        assert (key in output, locked.url in output, "ann of the manual" in output) == (False, True, True)
        sent = shell.run("longshore upload sample.bin", {})
        mine = Caller(locked.url, key)
        assert mine.download(mine.get(sent.split()[0])).content == (shell.folder / "sample.bin").read_bytes()


def test_shell_completion_is_installed(shell: Shell) -> None:
    """`fpath` is zsh's list of folders, whose first is number 1."""
    folders = [".local/share/bash-completion/completions", "zsh", ".config/fish/completions"]
    for folder in folders:
        (shell.home / folder).mkdir(parents=True)
    shell.run(f"fpath=(- ~/zsh)\n{block_of('completion')}", {})
    made = [*shell.home.glob("*/_longshore"), *shell.home.glob(".*/**/longshore*")]
    assert [("_LONGSHORE_COMPLETE" in file.read_text()) for file in made] == [True] * len(folders)
    # as bash asks when a user presses Tab
    pressed = "COMP_WORDS=(longshore upl); COMP_CWORD=1; _longshore_completion longshore; echo ${COMPREPLY[*]}"
    assert shell.run(f". ~/{folders[0]}/longshore; {pressed}", {}) == "upload\n"


def test_the_manual_of_the_audit_log_works(shell: Shell, env: dict[str, str], one_stack: Stack) -> None:
    one_stack.client.request("DELETE", f"{FILE}/{env['FILE_ID']}")
    [line, *_] = shell.run(block_of("the audit log"), env).splitlines()
    assert line.split("  ")[1:] == ["anonymous (127.0.0.1)", "deleted", env["FILE_ID"]]
    eventually(lambda: one_stack.audits(env["FILE_ID"])[-1].sequence, lambda sequence: sequence is not None)
    assert shell.run(block_of("check the audit log"), env).startswith("whole: ")
    with one_stack.db.write() as session:
        session.execute(update(Audit).where(Audit.target_id == env["FILE_ID"]).values(actor="eve"))
    changed = shell.run(block_of("check the audit log"), env, code=OTHER_BYTES)
    assert "it or the entry before it was changed" in changed
    with one_stack.db.write() as session:
        session.execute(update(Audit).where(Audit.target_id == env["FILE_ID"]).values(actor="anonymous"))
