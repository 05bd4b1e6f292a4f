"""ICAP's protocol against a peer on a socket: requests as RFC 3507 has them, verdicts, health, and the check of it."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from itertools import product

import pytest

from service.errors import ScannerUnavailableError
from service.scanner import IcapScanner, ScanFailedError
from service.scanner.icap import safety
from service.scanner.icap.messages import Response, options_request, parse_response, respmod_request
from service.scanner.icap.verdicts import verdict_of
from service.scanner.samples import BEYOND_RECURSION, disguised, encrypted_zip, nested, zipped
from service.scanner.samples import test_virus as eicar
from service.values import ScannerHealth, ScanVerdict
from tests.support.scanner.peers import (
    CLEAN,
    CONTINUE,
    ICAP,
    PREVIEWED_ICAP,
    Peer,
    begun,
    chunks_of,
    options,
    replies,
    then,
)
from tests.support.scanner.scripted_icap import FOUND, scripted_icap

VIRUS = eicar()


def head(status: int = 200, **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({"x_infection_found": "Type=0; Resolution=2; Threat=Eicar-Test;"}, ScanVerdict("infected", "Eicar-Test")),
        ({"x_infection_found": "type=0;resolution=1;threat=Eicar"}, ScanVerdict("infected", "Eicar")),
        ({"x_infection_found": "Type=1; Resolution=2; Threat=Wrong name;"}, ScanVerdict("infected", "Wrong name")),
        ({"x_infection_found": "Eicar"}, ScanVerdict("infected", "Eicar")),
        ({"x_infection_found": "Type=0; Resolution=2; Threat=;"}, ScanVerdict("infected", "unnamed")),
        ({"x_infection_found": ""}, ScanVerdict("infected", "unnamed")),
        (
            {"x_infection_found": "Type=2; Resolution=2; Threat=Zip bomb;"},
            ScanVerdict("unscannable", "limits_exceeded: Zip bomb"),
        ),
        (
            {"x_infection_found": "Type=0; Resolution=2; Threat=Heuristics.Encrypted.Zip;"},
            ScanVerdict("unscannable", "encrypted: Heuristics.Encrypted.Zip"),
        ),
        (
            {"x_infection_found": "Type=0; Resolution=2; Threat=Heuristics.Limits.Exceeded.MaxFileSize;"},
            ScanVerdict("unscannable", "limits_exceeded: Heuristics.Limits.Exceeded.MaxFileSize"),
        ),
        ({"x_violations_found": "1\n-\nEicar\n0\n0"}, ScanVerdict("infected", "Eicar")),
        ({"x_violations_found": "2"}, ScanVerdict("infected", "unnamed")),
        ({"x_violations_found": ""}, ScanVerdict("infected", "unnamed")),
        ({"x_virus_id": "Eicar"}, ScanVerdict("infected", "Eicar")),
        ({"x_virus_name": "Eicar\u0007 x"}, ScanVerdict("infected", "Eicar  x")),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_a_named_threat_is_infected_or_unscannable(headers: dict[str, str], verdict: ScanVerdict, whole: bool) -> None:
    for previewed in (True, False):
        assert verdict_of(head(**headers), whole=whole, previewed=previewed) == verdict


@pytest.mark.parametrize("headers", [{}, {"x_infection_found": "x"}, {"x_violations_found": "1"}, {"x_virus_id": "x"}])
def test_clean_is_only_204_without_a_threat_after_every_byte(headers: dict[str, str]) -> None:
    clean = []
    for status, whole, previewed in product(range(100, 600), (True, False), (True, False)):
        with suppress(ScanFailedError):
            if verdict_of(head(status, **headers), whole=whole, previewed=previewed).status == "clean":
                clean.append((status, whole, previewed))
    assert clean == ([] if headers else [(204, True, False)])


def test_continued_and_repeated_headers_are_joined_by_newlines() -> None:
    got = parse_response(b"ICAP/1.0 200 OK\r\nA-b:  1 \r\n\t2\r\n 3\r\na-B: 4\r\nC:")
    assert got == Response(200, {"a-b": "1\n2\n3\n4", "c": ""})


def test_requests_follow_rfc_3507() -> None:
    assert options_request("icap://a:1344/scan", "a:1344") == (
        b"OPTIONS icap://a:1344/scan ICAP/1.0\r\nHost: a:1344\r\nUser-Agent: Longshore\r\n\r\n"
    )
    begin, _, inner = respmod_request("icap://a/scan", "a", 5, 4).partition(b"\r\n\r\n")
    assert begin.decode().split("\r\n") == [
        "RESPMOD icap://a/scan ICAP/1.0",
        "Host: a",
        "User-Agent: Longshore",
        "Allow: 204",
        "Preview: 4",
        "Encapsulated: req-hdr=0, res-hdr=39, res-body=117",
    ]
    request, response = inner[:39], inner[39:]
    assert request == b"GET /file HTTP/1.1\r\nHost: longshore\r\n\r\n"
    assert response == (b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 5\r\n\r\n")
    assert len(inner) == 117
    assert b"Preview" not in respmod_request("icap://a/scan", "a", 5, None)


@pytest.mark.parametrize("size", range(7))
def test_a_preview_never_has_the_last_byte(size: int) -> None:
    shown: list[tuple[Mapping[str, str], bytes]] = []

    def behave(peer: socket.socket) -> None:
        file, headers = begun(peer)
        if "preview" in headers:
            shown.append((headers, chunks_of(file)[0]))
            peer.sendall(CONTINUE)
        chunks_of(file)
        peer.sendall(CLEAN)

    with Peer(PREVIEWED_ICAP, behave) as peer:
        assert peer.scan(b"x" * size).status == "clean"
    expected = [] if not size else [min(4, size - 1)]
    assert [(int(headers["preview"]), len(begin)) for headers, begin in shown] == [(each, each) for each in expected]


@pytest.mark.parametrize(
    ("headers", "health"),
    [
        ((), ScannerHealth("ok", "Test 1.0", "1", 100)),
        (("Service: C-ICAP/0.5 server\t- x",), ScannerHealth("ok", "Test 1.0 C-ICAP/0.5 server - x", "1", 100)),
        (("X-Other: 1",), ScannerHealth("ok", "Test 1.0", "1", 100)),
    ],
)
def test_health_reports_service_and_tag(headers: tuple[str, ...], health: ScannerHealth) -> None:
    with Peer(ICAP, lambda _: None, options(*headers)) as peer:
        assert peer.scanner.health() == health


def test_health_of_a_service_without_a_name_or_tag_is_ok() -> None:
    bare = then(lambda peer: peer.recv(1000), replies(b"ICAP/1.0 200 OK\r\nMethods: RESPMOD\r\n\r\n"))
    with Peer(ICAP, lambda _: None, bare) as peer:
        assert peer.scanner.health() == ScannerHealth("ok", "ICAP", None, 100)


def test_a_verdict_names_its_engine() -> None:
    with Peer(ICAP, then(ICAP.take, replies(CLEAN.replace(b'"1"', b'"2"')))) as peer:
        # the tag from before the file, which is never newer than what scanned it
        assert peer.scan(b"abc").engine == ScannerHealth("ok", "Test 1.0", "1", 100)


def test_a_max_size_of_0_means_no_limit() -> None:
    scanner = IcapScanner("icap://127.0.0.1:9/scan", 0)
    assert scanner.max_size > 2**40
    with pytest.raises(ScannerUnavailableError):
        scanner.scan(iter([b"x"]), 1)


@pytest.mark.parametrize(
    ("passes", "status", "advice"),
    [
        (None, "ok", ()),
        (VIRUS, "unsafe", (safety.NO_SIGNATURES,)),
        (zipped(VIRUS), "unsafe", (safety.NO_ARCHIVES,)),
        (zipped(VIRUS, zip64=True), "unsafe", (safety.NO_ZIP64,)),
        (nested(BEYOND_RECURSION, VIRUS), "unsafe", (safety.NO_LIMITS,)),
        (encrypted_zip(), "unsafe", (safety.NO_ENCRYPTED,)),
        (disguised(b"ID3"), "unsafe", (safety.NO_TYPES,)),
        (disguised(b"<html>"), "unsafe", (safety.NO_TYPES,)),
        (disguised(b"text"), "ok", ()),
    ],
)
def test_health_reports_the_samples_that_the_server_passes(
    passes: bytes | None, status: str, advice: tuple[str, ...]
) -> None:
    with scripted_icap(passes=passes) as url:
        health = IcapScanner(url, 100).checked_health()
    assert (health.status, health.advice) == (status, advice)


def test_health_reports_types_that_the_server_skips() -> None:
    with scripted_icap(skips=b"%PDF-1.7") as url:
        health = IcapScanner(url, 100).checked_health()
    assert (health.status, health.advice) == ("ok", (safety.SKIPS,))


def test_health_reports_that_the_server_skips_large_files() -> None:
    with scripted_icap(skips=b"a small text") as url:
        assert IcapScanner(url, 100).checked_health().advice == (safety.NARROW,)
        assert IcapScanner(url, 0).checked_health().advice == ()


@pytest.mark.parametrize("replies", [b"ICAP/1.0 500 Server error\r\n\r\n", b"ICAP/1.0 200 OK\r\n\r\n", FOUND])
def test_a_server_that_refuses_every_sample_is_unavailable(replies: bytes) -> None:
    with scripted_icap(always=replies) as url, pytest.raises(ScannerUnavailableError):
        IcapScanner(url, 100).checked_health()


def test_abilities_contain_the_number_of_connections() -> None:
    with scripted_icap(connections=3) as url:
        assert IcapScanner(url, 100).abilities().connections == 3
