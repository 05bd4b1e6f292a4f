"""Slow and buffering lines, scaled down: times and parts are small, in realistic proportions."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from longshore import Client, Observer, RetryPolicy
from longshore.client.network.connections import SOCKET_OPTIONS
from longshore.client.network.storage import answer_seconds
from longshore.client.parts import MIB, part_wish
from longshore.client.progress import Progress
from tests.support.client.fake_service import FakeService
from tests.support.client.slow_line import slow_line

PART = 256_000
RATE = 400_000.0
"""Bytes a second: of one of two parts, 64 KiB take longer than connecting may, and far less than a stall."""
BODY = bytes(range(256)) * (3 * PART // 256)
AT_ONCE = RetryPolicy(attempts=2, base_delay=0.0)


class Watching(Observer):
    def __init__(self) -> None:
        self.moved: list[int] = []

    def progress(self, progress: Progress) -> None:
        self.moved.append(progress.moved)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeService]:
    monkeypatch.setattr("tests.support.client.fake_service.CHUNK", PART)
    with FakeService() as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bytes.bin"
    path.write_bytes(BODY)
    return path


def test_a_slow_line_transfers_every_part_at_the_first_try(
    service: FakeService, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = [*SOCKET_OPTIONS, (socket.SOL_SOCKET, socket.SO_SNDBUF, 32 * 1024)]
    monkeypatch.setattr("longshore.client.network.connections.SOCKET_OPTIONS", small)
    monkeypatch.setattr("longshore.client.network.connections.CONNECT_SECONDS", 0.15)
    monkeypatch.setattr("longshore.client.network.connections.STALL_SECONDS", 5.0)
    observer = Watching()
    with (
        slow_line(service.port, RATE) as storage,
        Client(service.url, retry=AT_ONCE, connections=(2, 2)) as client,
    ):
        service.storage_url = storage
        client.upload(file, observer=observer)
    assert (service.content, service.calls["put"]) == (BODY, 3)
    assert observer.moved == sorted(observer.moved)


def test_a_late_answer_to_a_sent_part_does_not_time_out(
    service: FakeService, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy accepts the part at once and forwards it slowly: it is silent for far longer than a write may stall."""
    monkeypatch.setattr("longshore.client.network.connections.STALL_SECONDS", 0.2)
    service.before_answer = lambda name: time.sleep(0.6) if name == "put" else None
    with Client(service.url, retry=AT_ONCE, connections=(2, 2)) as client:
        client.upload(file)
    assert (service.content, service.calls["put"]) == (BODY, 3)


def test_an_answer_that_never_comes_times_out(
    service: FakeService, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longshore.client.network.storage.ANSWER_SECONDS", 0.1)
    monkeypatch.setattr("longshore.client.network.storage.SLOW", 100 * PART)
    late = [0.6]
    service.before_answer = lambda name: time.sleep(late.pop()) if name == "put" and late else None
    with Client(service.url, retry=AT_ONCE, connections=(1, 1)) as client:
        client.upload(file)
    assert (service.content, service.calls["put"]) == (BODY, 4)


@pytest.mark.parametrize(
    ("length", "speed", "least", "most"),
    [
        (0, None, 120, 120),
        # the proxy that needs 100 s to hand on a small part
        (1_500_000, None, 200, 240),
        (1_500_000, 50e6, 200, 240),
        # 16 MiB by four at once through 45 kB/s: a part travels for 1,500 s, of which much is in buffers
        (16 * MIB, None, 1000, 1200),
        (16 * MIB, 11_250, 2900, 3200),
        (5 * 1024 * MIB, None, 3600, 3600),
    ],
)
def test_the_wait_for_an_answer_grows_with_size_and_slowness(
    length: int, speed: float | None, least: float, most: float
) -> None:
    assert least <= answer_seconds(length, speed) <= most


@pytest.mark.parametrize(
    ("size", "speed", "wish"),
    [
        (0, None, None),
        (5 * MIB, 1.0, None),
        (5 * MIB + 1, None, 5 * MIB),
        (60 * MIB, None, 5 * MIB),
        (160 * MIB - 1, 1e9, 5 * MIB),
        (160 * MIB, None, None),
        (1024 * MIB, 11_250, 5 * MIB),
        (1024 * MIB, 10e6, None),
    ],
)
def test_small_files_and_slow_lines_get_small_parts(size: int, speed: float | None, wish: int | None) -> None:
    assert part_wish(size, speed) == wish


def test_the_measured_speed_sets_the_part_size_of_the_next_file(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longshore.client.network.storage.MEASURABLE", PART)
    monkeypatch.setattr("longshore.client.parts.FEW", 0)
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(5 * MIB + 1))
    service.before_answer = lambda name: time.sleep(0.01) if name == "put" else None
    with Client(service.url, retry=AT_ONCE, connections=(2, 2)) as client:
        client.upload(path)
        # 0.01 s for a part is faster than that
        monkeypatch.setattr("longshore.client.parts.USUAL_PART", 1e12)
        client.upload(path)
    assert [body.get("chunk_size") for body in service.bodies["init"]] == [None, 5 * MIB]
