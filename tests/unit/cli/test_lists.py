"""Lists for scripts and on a terminal, many files at once, and servers that cannot be reached."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from longshore.cli.exits import DONE, FAILED, NOT_CLEAN, NOT_FOUND, REFUSED, UNREACHABLE
from longshore.cli.terminal import table
from longshore.cli.terminal.table import Table
from longshore.cli.transfers.together import FILES_AT_ONCE, work_on_all
from longshore.client import RetryPolicy, Stop
from longshore.client.errors import StorageUnreachableError, TransferError, UnreachableError
from longshore.client.network.backoff import with_retry
from longshore.client.network.connections import ConnectionPools
from longshore.client.network.http import Http
from longshore.client.network.storage import Storage
from longshore.client.network.throttle import Throttle
from tests.support.client.command_line import Run
from tests.support.client.fake_service import FILE_ID, UPLOAD_ID, Failure, FakeService
from tests.support.http_server import TestServer
from tools.programs import ROOT, python_env, python_module

NOWHERE = "http://127.0.0.1:9"
PAIRS: Table[tuple[str, str]] = Table(("ID", "NAME"), lambda pair: pair)


def test_columns_align_and_control_characters_are_replaced() -> None:
    assert [*PAIRS.aligned([("1", "a"), ("12345", "\x1b"), ("字", "c")])] == [
        "ID     NAME",
        "1      a",
        "12345  ?",
        "字     c",
    ]
    assert [*PAIRS.aligned([])] == []
    assert PAIRS.line(("1", "a\n")) == "1  a?"


@pytest.mark.parametrize(
    ("items", "output"),
    [(0, ""), (2, "ID  NAME\n0   x\n1   x\n"), (5, "ID  NAME\n0   x\n1   x\n2   x\n")],
)
def test_a_terminal_shows_headings_and_a_hint_at_further_items(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], items: int, output: str
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    table.show_all(((str(number), "x") for number in range(items)), 3, as_json=False, table=PAIRS)
    hints = {0: "longshore: nothing found\n", 2: "", 5: "longshore: there are more; --limit 30 shows more of them\n"}
    assert capsys.readouterr() == (output, hints[items])


def test_a_pipe_gets_only_lines_of_the_pages_that_are_needed(
    service: FakeService, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = {"items": [{"id": "u1", "name": "Ann", "created_at": ""}] * 2, "next_cursor": "more"}
    service.answers["GET /api/v1/users/?limit=200"] = page
    assert run("users", "list", "--limit", "1") == (DONE, "u1  Ann\n", "")
    assert len(service.requests) == 1


def test_work_on_all_takes_items_lazily_and_returns_the_first_failure() -> None:
    taken, done = count(), count()
    most_ahead = 0

    def items() -> Iterator[int]:
        for number in range(300):
            next(taken)
            yield number

    def work(number: int, _stop: Stop) -> int:
        nonlocal most_ahead
        most_ahead = max(most_ahead, int(repr(taken)[6:-1]) - next(done))
        return {7: NOT_CLEAN, 250: FAILED}.get(number, DONE)

    assert work_on_all(items(), work) == NOT_CLEAN
    assert most_ahead <= 2 * FILES_AT_ONCE
    assert work_on_all([], work) == DONE
    with pytest.raises(ZeroDivisionError):
        work_on_all([0], lambda number, _stop: 1 // number)


def test_an_unreachable_service_is_reported_within_seconds(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGSHORE_URL", NOWHERE)
    began = time.monotonic()
    ended = run("list")
    assert ended == (
        UNREACHABLE,
        "",
        f"longshore: The service at {NOWHERE} cannot be reached (Connection refused)."
        " Check that the service runs, and its URL (`longshore config show`).\n",
    )
    assert time.monotonic() - began < 3


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that accepts one connection and sends nothing; packets of further ones are dropped."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        yield server.getsockname()[1]


def test_a_silent_service_is_reported_within_seconds(run: Run, silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.client.network.connections.FIRST_CONNECT_SECONDS", 0.2)
    monkeypatch.setattr("longshore.client.network.http.ANSWER_SECONDS", 0.6)
    monkeypatch.setattr("longshore.cli.session.FIRST_CONTACT", 0.0)
    monkeypatch.setattr("longshore.cli.session.SILENCE", 0.3)
    reason = (
        "cannot be reached (no answer in time). Check that the service runs, and its URL (`longshore config show`)."
    )
    # slow answers are allowed where connecting is quick
    url = f"http://127.0.0.1:{silent}"
    waits = f"longshore: waiting for {url}, which has not answered yet; Ctrl-C stops\n"
    monkeypatch.setenv("LONGSHORE_URL", url)
    assert run("list") == (UNREACHABLE, "", f"{waits}longshore: The service at {url} {reason}\n")
    # connecting includes the TLS handshake, and the queue of a server that accepts no more
    for url, taken in ((f"https://127.0.0.1:{silent}", 0), (f"http://127.0.0.1:{silent}", 2)):
        with ExitStack() as stack:
            for _ in range(taken):
                caller = stack.enter_context(socket.socket())
                caller.setblocking(False)
                caller.connect_ex(("127.0.0.1", silent))
            monkeypatch.setenv("LONGSHORE_URL", url)
            assert run("list") == (UNREACHABLE, "", f"longshore: The service at {url} {reason}\n")


def test_unreachable_storage_is_reported_within_seconds(service: FakeService, run: Run) -> None:
    service.storage_url = NOWHERE
    Path("x.bin").write_bytes(b"x")
    began = time.monotonic()
    assert run("upload", "x.bin") == (
        UNREACHABLE,
        "",
        f"longshore: x.bin: Storage at {NOWHERE} cannot be reached (Connection refused). Check that this machine"
        " reaches it; the operator can find the cause with `longshore doctor`.\n"
        f"longshore: to resume: longshore resume {UPLOAD_ID}\n",
    )
    assert time.monotonic() - began < 3


class Rushed(Stop):
    """Does not wait; slept: the seconds in total."""

    slept = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


@pytest.mark.parametrize(("never_reached", "tries"), [(True, 1), (False, 10)])
def test_a_service_that_was_reached_before_gets_all_tries(never_reached: bool, tries: int) -> None:
    tried = []

    def action() -> None:
        tried.append(1)
        raise UnreachableError(NOWHERE, "gone", never_reached=never_reached)

    with pytest.raises(UnreachableError):
        with_retry(action, lambda _: 0.0, RetryPolicy(first_contact=0.0), Rushed())
    assert len(tried) == tries


def test_reached_servers_are_remembered_by_address(service: FakeService) -> None:
    pools = ConnectionPools(1)
    http, storage = Http(service.url, None, pools, RetryPolicy(1)), Storage(pools, Throttle())
    with pytest.raises(StorageUnreachableError, match=r"Storage at http://127\.0\.0\.1:9 cannot be reached \(Conn"):
        storage.get(f"{NOWHERE}/object?signature=secret", 0, 1)
    http.call("GET", "/api/v1/users/me")
    service.stop()
    with pytest.raises(UnreachableError) as gone:
        http.call("GET", "/api/v1/users/me")
    assert not gone.value.never_reached
    with pytest.raises(TransferError) as refused:
        storage.get(f"{service.url}/object", 0, 1)
    assert not isinstance(refused.value, StorageUnreachableError)
    pools.close()


def test_a_refused_certificate_is_reported_with_what_to_check(service: FakeService) -> None:
    http = Http(service.url.replace("http:", "https:"), None, ConnectionPools(1), RetryPolicy(1))
    with pytest.raises(UnreachableError, match=r"cannot be reached \(.*(wrong version|record|packet)") as refused:
        http.call("GET", "/x")
    assert refused.value.remedy == UnreachableError.tls_remedy


def test_no_other_file_is_tried_after_a_refused_key(service: FakeService, run: Run) -> None:
    Path("many").mkdir()
    for number in range(20):
        Path("many", f"{number}.bin").write_bytes(b"x")
    service.failures["init"] = [Failure(401, "token_refused")] * 100
    ended = run("upload", "-r", "many")
    assert (ended.code, service.calls["init"] <= FILES_AT_ONCE) == (3, True)
    [*_, left, counts] = ended.err.splitlines()
    assert (left.endswith(" more files were not tried"), counts.endswith(" failed")) == (True, True)


def test_a_closed_pipe_causes_no_error_message(service: FakeService, run: Run) -> None:
    item = {"id": "u1", "name": "Ann" * 1000, "created_at": ""}
    service.answers["GET /api/v1/users/?limit=200"] = {"items": [item] * 100, "next_cursor": None}
    reading, writing = os.pipe()
    env = {**os.environ, **python_env()}
    listing = subprocess.Popen(
        python_module("longshore.main", "users", "list"), cwd=ROOT, env=env, stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    os.read(reading, 10)
    os.close(reading)
    assert (listing.communicate()[1], listing.returncode) == (b"", FAILED)


def test_an_unreadable_key_file_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGSHORE_TOKEN_FILE", "key")
    assert "The file of the API key or token, key, cannot be read (No such file" in run("whoami").err
    Path("key").write_bytes(b"\xff\xfe")
    ended = run("whoami")
    assert (ended.code, "(it is not text). Correct LONGSHORE_TOKEN_FILE" in ended.err) == (REFUSED, True)


def test_a_folder_upload_keeps_paths_and_can_skip_stored_files(service: FakeService, run: Run) -> None:
    Path("p/a").mkdir(parents=True)
    Path("p/a/x.bin").write_bytes(b"12345")
    Path("p/link").symlink_to("a")
    into = ("upload", "-r", "p", "--folder", "/b/")
    left_out = "longshore: p/link: left out: it is a symbolic link (--follow-links)\n"
    line = f"{FILE_ID}  clean  p/a/x.bin\n"
    assert run(*into) == (DONE, line, f"{left_out}longshore: 1 uploaded\n")
    assert [service.bodies[call][0]["path_name"] for call in ("init", "complete")] == ["b/p/a", "b/p/a"]
    stored = service.file({}) | {"path_name": "b/p/a", "filename": "x.bin"}
    listed = "GET /api/v1/file/all?path_name=b%2Fp%2Fa&filename=x.bin&limit=200"
    service.answers[listed] = {"items": [stored | {"size": 4}, stored], "next_cursor": None}
    assert run(*into, "--skip-stored") == (DONE, line, f"{left_out}longshore: 1 already stored\n")
    assert json.loads(run(*into, "--skip-stored", "--json").out)["stored_before"] is True
    assert service.calls["init"] == 1
    assert run(*into, "--skip-stored", "--credential", "pin=1", "-q").out == f"{FILE_ID}\n"
    assert service.calls["init"] == 2


@pytest.mark.parametrize("file_id", ["../../users/u1", "..", "a?b", "a#b", "a b", "/a"])
def test_an_id_never_leads_to_another_endpoint(service: FakeService, run: Run, file_id: str) -> None:
    ended = run("delete", file_id, "--yes")
    assert ended == (
        NOT_FOUND,
        "",
        "longshore: A given id has characters that no id has. Check the id; `longshore list` shows your files.\n",
    )
    assert service.requests == []


def test_a_404_of_another_server_is_not_reported_as_a_missing_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestServer() as other:
        monkeypatch.setenv("LONGSHORE_URL", other.url)
        other.expect_request("/api/v1/file/status/f1").respond_with_data("<html>Not Found</html>", 404)
        ended = run("status", "f1")
    reason = "The service answered 404 without a reason. Check the service's URL; a proxy may have answered instead."
    assert ended == (FAILED, "", f"longshore: {reason}\n")
