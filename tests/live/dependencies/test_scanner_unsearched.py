"""A real clamd, alone and behind c-icap, finds a virus behind every magic number by which ClamAV chooses a type."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from service.scanner import IcapScanner
from service.scanner.contents.unsearched import BEGIN, IGNORED, IMAGE_OF_PDF, is_unsearched
from service.scanner.samples import zipped
from service.values import ScanVerdict
from tests.support.live.clamds import connected_to, pieces, running, scan
from tests.support.live.client import MIB
from tests.support.matchers import Like
from tools.stack.servers.clamav_types import built_in_types
from tools.stack.servers.clamd import Clamd, eicar
from tools.stack.servers.icap import CIcap

CLEAN = ScanVerdict("clean")
FOUND = ScanVerdict("infected", Like("Eicar-Test-Signature.*"))


def beginning(line: str) -> bytes:
    """Return bytes that have the type of a line of ClamAV's list, wherever the line allows several."""
    offset, magic = line.split(":")[1:3]
    magic = re.sub(r"\((\w+)\|[^)]*\)", r"\1", magic.replace("?", "0"))
    magic = re.sub(r"\*|\{(?:0|)-\d+\}", "", magic)
    magic = re.sub(r"\{(\d+)(?:-\d+)?\}", lambda gap: "00" * int(gap[1]), magic)
    return b"a" * int(re.sub(r",.*|\*|EOF.*", "", offset) or 0) + bytes.fromhex(magic)


def scan_by_icap(server: CIcap, body: bytes) -> ScanVerdict:
    return IcapScanner(server.env()["ICAP_URL"], server.max_size).scan(pieces(body), len(body))


def test_a_virus_behind_every_magic_number_of_clamav_is_found(clamd_server: Clamd) -> None:
    clean = []
    with connected_to(clamd_server) as scanner:
        for line in built_in_types():
            body = beginning(line) + bytes(2 * BEGIN) + eicar()
            if scanner.scan(pieces(body), len(body)).status == "clean":
                clean.append(line)
    assert clean == []


@pytest.mark.parametrize("kind", ["IGNORED", "HTML"])
def test_every_type_that_clamav_does_not_search_is_in_our_list(clamd_server: Clamd, kind: str) -> None:
    """For the installed ClamAV: a new version may have more types."""
    lines = [line for line in built_in_types() if line.split(":")[5] == f"CL_TYPE_{kind}"]
    assert len(lines) > 10
    assert [line for line in lines if not is_unsearched(beginning(line)[:BEGIN])] == []


@pytest.mark.parametrize("begin", [*IGNORED, b"text " + IMAGE_OF_PDF, b"<html>"])
def test_a_virus_in_a_type_that_clamav_does_not_search_is_found(
    clamd_server: Clamd, icap_server: CIcap, begin: bytes
) -> None:
    body = begin + eicar()
    assert scan(clamd_server, body) == scan(clamd_server, body, 1) == FOUND
    assert scan_by_icap(icap_server, body) == FOUND


def ordinary_files() -> Iterator[bytes]:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE numbers (number INTEGER)")
        database.executemany("INSERT INTO numbers VALUES (?)", ([number] for number in range(1000)))
        yield database.serialize()
    yield b"ID3\4\0\0\0\0\0\0" + (b"\xff\xfb\x90\x64" + bytes(413)) * 100
    yield b"OggS\0\2" + bytes(8) + bytes(range(256)) * 100
    yield b"<!DOCTYPE html><html><head><title>A page</title></head><body><p>Text</p></body></html>"


def test_ordinary_files_of_these_types_are_clean(clamd_server: Clamd, icap_server: CIcap) -> None:
    for body in ordinary_files():
        assert (scan(clamd_server, body), scan_by_icap(icap_server, body)) == (CLEAN, CLEAN)
        # clamd keeps looking for archives in them
        assert scan(clamd_server, body + zipped(eicar())) == FOUND


@pytest.mark.parametrize("body", [b"ID3", b"ID3" + bytes(MIB - 3 - len(eicar())) + eicar()], ids=["a few bytes", "all"])
def test_the_largest_file_fits_behind_the_lead(body: bytes) -> None:
    with running(MIB) as clamd:
        assert scan(clamd, body.ljust(MIB)) == (FOUND if eicar() in body else CLEAN)


@pytest.mark.parametrize("begin", [*IGNORED, b"<html>"])
def test_a_virus_of_such_a_type_in_an_archive_is_found(clamd_server: Clamd, begin: bytes) -> None:
    assert scan(clamd_server, zipped(zipped(begin + eicar()))) == FOUND


def test_known_limit_a_virus_of_such_a_type_in_an_archive_is_missed(clamd_server: Clamd) -> None:
    """Every such type without our files next to clamd's signatures; with them, the one that they cannot change."""
    with running(MIB, own=False) as bare:
        assert {scan(bare, zipped(begin + eicar())).status for begin in (*IGNORED, b"<html>")} == {"clean"}
    assert scan(clamd_server, zipped(b"text " + IMAGE_OF_PDF + eicar())) == CLEAN
