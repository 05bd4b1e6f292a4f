"""What the documents show of a running service works as it stands there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devstack.pytest_parts import need
from longshore import Client
from tests.documents import block_of, blocks_of
from tests.live.client import CHUNK, random_bytes
from tests.live.stack import Stack
from tests.shell import Shell

IN_THE_DOCUMENTS = "http://127.0.0.1:8000"
"""Where `./dev up` is."""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A folder with three files."""
    for name in ("cargo.bin", "photo.jpg", "backup.tar"):
        (tmp_path / name).write_bytes(random_bytes(100_000))
    return Shell(tmp_path)


@pytest.fixture
def env(one_stack: Stack, tmp_path: Path, shell: Shell) -> dict[str, str]:
    """A file of the service's is in FILE_ID."""
    with Client(one_stack.client.url) as client:
        file = client.upload(tmp_path / "cargo.bin")
    return {"LONGSHORE_URL": one_stack.client.url, "FILE_ID": file.id}


def test_the_manual_of_the_command_line(shell: Shell, env: dict[str, str]) -> None:
    shell.run("".join(blocks_of("the manual")), env)


def test_the_manual_of_the_client(shell: Shell, env: dict[str, str]) -> None:
    code = "".join(blocks_of("the manual in Python"))
    shell.run("python -", env, said_to_it=code)


def test_from_curl_to_a_receipt(shell: Shell, one_stack: Stack) -> None:
    """In one shell: what the README's first lines set is what those of docs/receipts.md ask for."""
    need("curl")
    need("jq")
    (shell.folder / "photo.jpg").write_bytes(random_bytes(2 * CHUNK + 1))
    commands = "".join(blocks_of("quick start")).replace(IN_THE_DOCUMENTS, one_stack.client.url)
    said = shell.run(f"exec 2>&1\n{commands}", {"LONGSHORE_URL": one_stack.client.url})
    assert (shell.folder / "copy.jpg").read_bytes() == (shell.folder / "photo.jpg").read_bytes()
    words = [line.split(":")[0] for line in block_of("a receipt's words").splitlines()]
    assert [line.split(":")[0] for line in said.splitlines()[-len(words) :]] == words


@pytest.mark.parametrize("name", ["R&D 100% a+b.jpg", "-é = “#1”.jpg"])
def test_curl_sends_a_file_of_any_name(shell: Shell, one_stack: Stack, name: str) -> None:
    need("curl")
    need("jq")
    (shell.folder / name).write_bytes(random_bytes(CHUNK + 1))
    by_curl = next(block for block in blocks_of("quick start") if "/upload/init/" in block)
    commands = by_curl.replace(IN_THE_DOCUMENTS, one_stack.client.url).replace("FILE=photo.jpg", f"FILE='{name}'")
    shell.run(commands.replace('cmp "$FILE"', 'cmp -- "$FILE"'), {})
    file_id = json.loads((shell.folder / "init.json").read_text())["data"]["file_id"]
    assert one_stack.client.get(file_id)["filename"] == name
    assert (shell.folder / "again.jpg").read_bytes() == (shell.folder / name).read_bytes()


def test_first_steps(shell: Shell, env: dict[str, str]) -> None:
    """`./dev longshore` is `longshore` with the address set (tests/devstack/test_up.py)."""
    (shell.folder / "dev").write_text('#!/bin/sh\nshift\nexec longshore "$@"\n')
    (shell.folder / "dev").chmod(0o700)
    said = shell.run(block_of("first steps"), env)
    assert "clean  cargo.bin" in said


def test_a_refusal(shell: Shell, one_stack: Stack) -> None:
    need("curl")
    refused = json.loads(shell.run(block_of("a refusal").replace(IN_THE_DOCUMENTS, one_stack.client.url), {}))
    assert (refused["code"], refused["success"]) == ("invalid_body", False)


def test_which_service(shell: Shell, one_stack: Stack) -> None:
    """The key is asked for, and kept; without login nobody looks at it."""
    commands = block_of("which service").replace("https://files.example", one_stack.client.url)
    said = shell.run(commands, {}, said_to_it="lsk_a_key\n")
    kept = json.loads((shell.home / ".config" / "longshore" / "config.json").read_text())
    assert kept["url"] == one_stack.client.url
    assert "lsk_a_key" in kept.values()
    assert ("lsk_a_key" in said, one_stack.client.url in said) == (False, True)


def test_completion(shell: Shell) -> None:
    """`fpath` is zsh's list of folders, whose first is number 1."""
    folders = [".local/share/bash-completion/completions", "zsh", ".config/fish/completions"]
    for folder in folders:
        (shell.home / folder).mkdir(parents=True)
    shell.run(f"fpath=(- ~/zsh)\n{block_of('completion')}", {})
    made = [*shell.home.glob("*/_longshore"), *shell.home.glob(".*/**/longshore*")]
    assert [("_LONGSHORE_COMPLETE" in file.read_text()) for file in made] == [True] * len(folders)
