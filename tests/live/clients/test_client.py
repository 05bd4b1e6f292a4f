"""The Python client and the command line on the real stack: every byte, and kills in the middle."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from longshore import Client
from longshore.cli.exits import NOT_CLEAN, NOT_FOUND, STOPPED
from longshore.client.errors import NotClean, WrongCredentialError
from tests.support.live.client import CHUNK, random_bytes
from tests.support.live.client import Client as PlainClient
from tests.support.live.command_line import CommandLine
from tests.support.live.proxies.put_counter import PutCounter
from tests.support.live.stack import Stack
from tools.stack.servers.clamd import eicar

CHUNKS = 6
SLOWLY = ("--limit", "10MB/s", "--parallel", "2")
PIN = {"pin": "open-sesame-4712"}


@pytest.fixture(scope="module")
def counter(one_stack: Stack) -> Iterator[PutCounter]:
    with PutCounter(one_stack.settings.s3_endpoint_url) as running:
        yield running


@pytest.fixture(scope="module")
def counted(one_stack: Stack, counter: PutCounter) -> Iterator[PlainClient]:
    """An API whose parts go through the counter."""
    with one_stack.second_api(S3_PUBLIC_ENDPOINT_URL=counter.url) as client:
        yield client


@pytest.fixture
def shell(counted: PlainClient, tmp_path: Path) -> Iterator[CommandLine]:
    with ExitStack() as at_end:
        yield CommandLine(counted.url, tmp_path, at_end)


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    path = tmp_path / "bytes.bin"
    path.write_bytes(random_bytes((CHUNKS - 1) * CHUNK + 1))
    return path


def test_an_uploaded_file_is_downloaded_unchanged(stack: Stack, tmp_path: Path, payload: Path) -> None:
    with Client(stack.client.url) as client:
        file = client.upload(payload, credential=PIN, detail={"ship": "Ägir"})
        assert (file.virus_scan_status, file.is_private, file.size) == ("clean", True, payload.stat().st_size)
        with pytest.raises(WrongCredentialError):
            client.download(file.id, tmp_path / "out.bin")
        done = client.download(file.id, tmp_path / "out.bin", credential=PIN)
        assert done.path.read_bytes() == payload.read_bytes()
        # the comparison depends on the checksums that the store reports
        assert done.verified == ("SHA256" if file.checksum else "size")


@pytest.mark.parametrize("size", [0, CHUNK, CHUNK + 1])
def test_an_uploaded_stream_is_downloaded_unchanged(one_stack: Stack, tmp_path: Path, size: int) -> None:
    body = random_bytes(size)
    with Client(one_stack.client.url) as client:
        file = client.upload(io.BytesIO(body), filename="stream.bin", chunk_size=CHUNK)
        assert client.download(file.id, tmp_path / "out.bin").path.read_bytes() == body


@pytest.mark.parametrize(
    ("strike", "again"),
    [
        (signal.SIGKILL, "resume"),
        (signal.SIGINT, "upload PAYLOAD"),
        (signal.SIGTERM, "resume ID --file MOVED elsewhere"),
    ],
)
def test_after_a_kill_only_missing_parts_are_sent(
    counted: PlainClient,
    counter: PutCounter,
    shell: CommandLine,
    payload: Path,
    tmp_path: Path,
    strike: signal.Signals,
    again: str,
) -> None:
    running = shell.start("upload", str(payload), *SLOWLY)
    entry = shell.under_way(counted)
    running.send_signal(strike)
    _, output = running.communicate(timeout=60)
    assert running.returncode == (-strike if strike is signal.SIGKILL else STOPPED), output
    assert strike is signal.SIGKILL or f"longshore resume {entry['upload_id']}" in output
    missing = len(counted.retry(upload_id=entry["upload_id"])["missing"])
    assert 0 < missing < CHUNKS
    before = counter.puts
    if again.endswith("elsewhere"):
        payload = payload.rename(tmp_path / "moved.bin")
        shell = CommandLine(counted.url, tmp_path / "other machine", shell.at_end)
    names = {"PAYLOAD": str(payload), "MOVED": str(payload), "ID": entry["upload_id"]}
    words = [names.get(word, word) for word in again.removesuffix(" elsewhere").split()]
    sent = json.loads(shell.run(*words, "--json"))
    assert counter.puts - before == missing
    assert (sent["file"]["id"], sent["parts_found"]) == (entry["file_id"], CHUNKS - missing)
    assert sent["compared_by"] in (["SHA256"], ["MD5"])
    assert counted.download(sent["file"]).content == payload.read_bytes()
    assert list(shell.journal.iterdir()) == []


def test_an_upload_from_a_pipe_resumes_after_a_stop(
    counted: PlainClient, counter: PutCounter, shell: CommandLine, payload: Path
) -> None:
    body = payload.read_bytes()
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        running = shell.start("upload", "-", "--name", "pipe.bin", "--part-size", "5MiB", stdin=reading)
        os.close(reading)
        pipe.write(body[: 2 * CHUNK + 1])
        pipe.flush()
        # it waits for more, which never comes
        entry = shell.under_way(counted)
        running.send_signal(signal.SIGINT)
        _, output = running.communicate(timeout=60)
    assert (running.returncode, f"longshore resume {entry['upload_id']} --file -" in output) == (STOPPED, True), output
    before = counter.puts
    with payload.open("rb") as again:
        running = shell.start("resume", entry["upload_id"], "--file", "-", "--json", stdin=again)
        sent = json.loads(running.communicate(timeout=60)[0])
    assert counter.puts - before == CHUNKS - 2
    assert (sent["file"]["filename"], counted.download(sent["file"]).content) == ("pipe.bin", body)


def test_an_aborted_upload_is_not_resumed(counted: PlainClient, shell: CommandLine, payload: Path) -> None:
    running = shell.start("upload", str(payload), *SLOWLY, "--abort-on-stop")
    entry = shell.under_way(counted)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert counted.status(entry["file_id"])["stage"] == "aborted"
    shell.run("resume", entry["upload_id"], "--file", str(payload), code=NOT_FOUND)


def test_a_virus_has_its_own_exit_code(shell: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "virus.txt").write_bytes(eicar())
    sent = json.loads(shell.run("upload", "--json", str(tmp_path / "virus.txt"), code=NOT_CLEAN))
    assert (sent["file"]["virus_scan_status"], sent["file"]["download_url"]) == ("infected", None)
    shell.run("status", sent["file"]["id"], code=NOT_CLEAN)
    with Client(shell.env["LONGSHORE_URL"]) as client, pytest.raises(NotClean):
        client.download(sent["file"]["id"], tmp_path / "out.bin")
