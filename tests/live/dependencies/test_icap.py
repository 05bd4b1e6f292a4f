"""A real ICAP server: c-icap with its antivirus service. Only its 204 for every byte is clean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.db.models import File
from service.errors import ScannerUnavailableError
from service.scanner import IcapScanner, ScanFailedError
from service.scanner.contents.unsearched import LEAD
from service.scanner.icap import safety
from service.scanner.icap import scanner as icap_scanner
from service.scanner.icap.verdicts import SKIPPED
from service.scanner.samples import encrypted_zip, zipped
from service.values import ScannerHealth, ScanVerdict
from tests.support.live.clamds import pieces, signatures_of
from tests.support.live.client import FILE, MIB, Client, random_bytes
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack, frozen
from tests.support.matchers import Like
from tools.stack.servers.app import Worker
from tools.stack.servers.clamd import Clamd, eicar
from tools.stack.servers.icap import CIcap

FOUND = ScanVerdict("infected", Like("Eicar-Test-Signature.*"))
CLEAN = ScanVerdict("clean")
LARGE = 2 * MIB
RULES = """
[both]
scanners = ["clamd", "icap"]
"""


def scan(server: CIcap, body: bytes) -> ScanVerdict:
    return scanner_for(server).scan(pieces(body), len(body))


def verdict(server: CIcap) -> str:
    """Return the verdict, or the name of the error."""
    try:
        return scan(server, b"hello").status
    except (ScanFailedError, ScannerUnavailableError) as error:
        return type(error).__name__


def scanner_for(server: CIcap, max_size: int | None = None) -> IcapScanner:
    return IcapScanner(server.env()["ICAP_URL"], max_size or server.max_size)


def tag(scanner: IcapScanner) -> str | None:
    """Return the signatures' tag; a server that starts again accepts no connections for a moment."""
    try:
        return scanner.health().signatures
    except ScannerUnavailableError:
        return "down"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", CLEAN),
        (b"x", CLEAN),
        (random_bytes(3 * MIB + 1), CLEAN),
        (eicar(), FOUND),
        (random_bytes(3 * MIB) + eicar(), FOUND),
        (b"%PDF-1.7\n" + eicar(), FOUND),
        (zipped(zipped(eicar())), FOUND),
        (encrypted_zip(), ScanVerdict("unscannable", Like("encrypted: .*"))),
    ],
    ids=["empty", "one byte", "clean", "a virus", "at the end", "in a PDF", "in a zip in a zip", "encrypted"],
)
def test_icap_gives_the_right_verdict_for_each_kind_of_file(
    icap_server: CIcap, body: bytes, expected: ScanVerdict
) -> None:
    assert scan(icap_server, body) == expected


def test_a_file_over_the_servers_limit_is_not_read(icap_server: CIcap) -> None:
    """c-icap answers 204 for it, the same as for a clean one."""
    body = random_bytes(icap_server.max_size + len(LEAD)) + eicar()
    assert scan(icap_server, body) == SKIPPED


def test_health_reports_the_icap_server(icap_server: CIcap) -> None:
    known = scanner_for(icap_server).checked_health()
    assert known == ScannerHealth("ok", Like(r"C-ICAP/\d.*Antivirus service"), known.signatures, icap_server.max_size)
    assert scanner_for(icap_server, 2 * icap_server.max_size).checked_health().advice == (safety.NARROW,)


def test_a_reconfiguration_with_new_signatures_changes_the_tag(icap_server: CIcap, clamd_server: Clamd) -> None:
    scanner = scanner_for(icap_server)
    with signatures_of(clamd_server) as signatures:
        before = scanner.health().signatures
        signatures.publish(30001, New=b"the new virus")
        (icap_server.folder / "ctl").write_bytes(b"reconfigure")
        eventually(lambda: tag(scanner), lambda found: found not in {before, "down"})
        assert scan(icap_server, b"the new virus") == ScanVerdict("infected", Like("New.*"))


def test_a_failing_icap_server_gives_no_verdict(
    icap_server: CIcap, clamd_server: Clamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(icap_scanner, "reply_seconds", lambda _size: 1.0)
    monkeypatch.setattr(icap_scanner, "CONNECT_SECONDS", 1.0)
    # a process with threads stops a moment after the signal
    with frozen(icap_server):
        eventually(lambda: verdict(icap_server), "ScannerUnavailableError".__eq__)
    with frozen(clamd_server):
        eventually(lambda: verdict(icap_server), "ScanFailedError".__eq__)
    with clamd_server.down():
        with pytest.raises(ScanFailedError, match="500"):
            scan(icap_server, b"hello")
        with pytest.raises(ScannerUnavailableError):
            scanner_for(icap_server).checked_health()

    def kill(sent: int) -> None:
        if sent > MIB:
            icap_server.kill()

    body = random_bytes(3 * MIB)
    try:
        with pytest.raises(ScanFailedError):
            scanner_for(icap_server).scan(pieces(body), len(body), kill)
        with pytest.raises(ScannerUnavailableError):
            scan(icap_server, b"hello")
    finally:
        icap_server.restart()
    assert scan(icap_server, b"hello") == CLEAN


@dataclass(frozen=True)
class Scanned:
    """The service with both scanners, where clamd takes files up to 1 MiB."""

    stack: Stack
    client: Client

    def judged(self, body: bytes, **init: str) -> tuple[str, list[str]]:
        """Upload a file and wait for its verdict; return it, and what scanned it."""
        opened = self.client.send(body, **init)
        file_id = self.client.complete(**self.client.completion(opened, body))["id"]
        row = eventually(lambda: self.stack.row(File, file_id), lambda row: row.scanned_with is not None)
        self.client.data("DELETE", f"{FILE}/{file_id}")
        return row.virus_scan_status, [re.split("[ /]", engine)[0] for engine in row.scanned_with.split(" + ")]


@pytest.fixture(scope="module")
def scanned(one_stack: Stack, icap_server: CIcap, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanned]:
    folder: Path = tmp_path_factory.mktemp("icap")
    (folder / "policies.toml").write_text(RULES)
    settings = icap_server.env() | {"SCAN_MAX_SIZE": str(MIB), "POLICIES": str(folder / "policies.toml")}
    worker = Worker(folder, one_stack.env | settings)
    with one_stack.without(one_stack.worker), one_stack.second_api(**settings) as client:
        worker.start()
        try:
            yield Scanned(one_stack, client)
        finally:
            worker.stop()


@pytest.mark.parametrize(
    ("body", "policy", "expected"),
    [
        (b"hello", None, ("clean", ["ClamAV"])),
        (random_bytes(LARGE), None, ("clean", ["C-ICAP"])),
        (random_bytes(LARGE) + eicar(), None, ("infected", ["C-ICAP"])),
        (b"hello", "both", ("clean", ["ClamAV", "C-ICAP"])),
        (eicar(), "both", ("infected", ["ClamAV"])),
        (random_bytes(LARGE), "both", ("unscannable", ["ClamAV", "C-ICAP"])),
    ],
    ids=["small", "large", "a large virus", "both", "a virus for both", "large for both"],
)
def test_size_and_policy_select_the_scanners(
    scanned: Scanned, body: bytes, policy: str | None, expected: tuple[str, list[str]]
) -> None:
    assert scanned.judged(body, **({"policy": policy} if policy else {})) == expected


def test_a_large_file_waits_for_an_icap_server_that_is_down(scanned: Scanned, icap_server: CIcap) -> None:
    client = scanned.client
    body = random_bytes(LARGE)
    with icap_server.down():
        opened = client.send(body)
        file_id = client.complete(**client.completion(opened, body))["id"]
        eventually(lambda: client.get(file_id)["virus_scan_status"], "error".__eq__)

    def stage() -> str:
        scanned.stack.let_time_pass()
        return str(client.status(file_id)["stage"])

    eventually(stage, "ready".__eq__)
    assert client.download(client.get(file_id)).content == body
    client.data("DELETE", f"{FILE}/{file_id}")
