"""The pace of the Python client: connections, progress, and waits."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from longshore.client import RetryPolicy, Status, Stop
from longshore.client import verdict as verdict_module
from longshore.client.errors import StoppedError
from longshore.client.network import backoff as backoff_module
from longshore.client.network import throttle, tuner
from longshore.client.network.backoff import backoff_delay, with_retry
from longshore.client.network.throttle import Throttle
from longshore.client.network.tuner import ConcurrencyLimits, Tuner
from longshore.client.progress import Meter, Progress
from longshore.client.stopping import run_together
from longshore.client.verdict import await_verdict, statuses
from tests.support.client.clocks import Clock, Waits


@pytest.mark.parametrize(
    ("least", "most", "first"), [(1, 1, 1), (1, 3, 3), (2, 10, 4), (4, 10, 4), (5, 10, 5), (1, 10, 4)]
)
def test_connections_start_at_four_within_their_limits(least: int, most: int, first: int) -> None:
    made = Tuner(least, most)
    assert (made.limit, made.least, made.most) == (first, least, most)


def rounds(made: Tuner, *rates: float) -> list[int]:
    """Return the limits after rounds with these rates."""
    now, limits = 100.0, []
    made._since = now
    for rate in rates:
        size = 1000
        now += made.limit * size / rate
        for _ in range(made.limit):
            made.arrived(size, now)
        limits.append(made.limit)
    return limits


def test_a_connection_is_added_while_the_rate_grows_by_five_percent() -> None:
    assert rounds(Tuner(1, 9), 100, 105.1, 111, 116, 130, 130) == [5, 6, 7, 6, 5, 6]


def test_a_round_ends_after_as_many_parts_as_connections() -> None:
    made = Tuner(1, 9)
    for _ in range(3):
        made.arrived(1, 1e9)
    assert made.limit == 4
    made.arrived(1, 1e9)
    assert made.limit == 5


def test_a_failed_part_removes_a_connection_and_begins_a_round() -> None:
    made = Tuner(1, 9)
    made._since = 0.0
    for _ in range(4):
        made.arrived(1000, 1.0)
    made.arrived(1000, 1.5)
    made.failed(2.0)
    assert made.limit == 4
    # earlier parts do not count, and any speed is better than none
    for _ in range(3):
        made.arrived(1, 3.0)
    assert made.limit == 4
    made.arrived(1, 3.0)
    assert made.limit == 5
    for _ in range(9):
        made.failed(4.0)
    assert made.limit == 1


@pytest.mark.parametrize(("least", "most"), [(0, 1), (2, 1)])
def test_an_invalid_number_of_connections_is_refused(least: int, most: int) -> None:
    with pytest.raises(ValueError) as refused:
        Tuner(least, most)
    assert str(refused.value) == f"connections run from 1 up, the least first; not {least} … {most}"


def test_a_turn_waits_for_another_to_end() -> None:
    slots, second = ConcurrencyLimits(1, 1), threading.Event()
    assert slots.most == 1
    order = []

    def later(stop: Stop) -> None:
        with slots.turn(stop):
            order.append("second")

    def first(stop: Stop) -> None:
        with slots.turn(stop):
            second.set()
            order.append("first")

    def both(stop: Stop) -> None:
        second.wait(10)
        later(stop)

    run_together([first, both], Stop())
    with pytest.raises(ValueError), slots.turn(Stop()):
        raise ValueError
    with slots.turn(Stop()):
        stop = Stop()
        stop.set()
        with pytest.raises(StoppedError), slots.turn(stop):
            pass
    assert order == ["first", "second"]


def test_limits_report_to_their_tuner_with_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[Any] = []
    monkeypatch.setattr(tuner, "time", Clock(7.0))
    monkeypatch.setattr(Tuner, "arrived", lambda _self, *given: reported.append(given))
    monkeypatch.setattr(Tuner, "failed", lambda _self, *given: reported.append(given))
    slots = ConcurrencyLimits(1, 1)
    slots.arrived(5)
    slots.failed()
    assert reported == [(5, 7.0), (7.0,)]


def test_speed_is_that_of_the_last_seconds() -> None:
    reported: list[Progress] = []
    clock = Clock()
    meter = Meter(10_000, reported.append, clock.monotonic)
    assert meter.read() == Progress(0, 10_000, 0.0, None)
    clock.now = 0.49
    meter.moved(0, 49)
    assert meter.read() == Progress(49, 10_000, 0.0, None)
    clock.now = 0.5
    assert meter.read() == Progress(49, 10_000, 98.0, (10_000 - 49) / 98.0)
    for second in range(1, 21):
        clock.now = float(second)
        meter.moved(0, 49 + second * (100 if second <= 10 else 200))
    # eight seconds back, and no sample more
    assert meter.read().speed == pytest.approx((4049 - (49 + 12 * 200 - 0)) / 8, rel=0.2)
    assert reported[-1].moved == 4049


def test_progress_is_reported_at_most_ten_times_a_second() -> None:
    reported: list[Progress] = []
    clock = Clock(1000.0)
    meter = Meter(100, reported.append, clock.monotonic)
    for tenths, moved in [(0.0, 1), (0.05, 2), (0.09, 3), (0.125, 4), (0.2, 5), (0.25, 6)]:
        clock.now = 1000.0 + tenths
        meter.moved(0, moved)
    assert [progress.moved for progress in reported] == [1, 4, 6]
    meter.tell()
    assert reported[-1].moved == 6


def test_stored_and_lost_bytes_do_not_count_as_speed() -> None:
    clock = Clock()
    meter = Meter(1000, lambda _: None, clock.monotonic)
    meter.stored(0, 500)
    clock.now = 1.0
    meter.moved(1, 100)
    meter.moved(1, 40)
    assert meter.read() == Progress(540, 1000, 100.0, 4.6)
    meter.moved(1, 100)
    assert meter.read() == Progress(600, 1000, 160.0, 2.5)
    meter.moved(1, 500)
    assert meter.read().seconds_left == 0.0


def test_waits_double_up_to_the_longest() -> None:
    policy = RetryPolicy(10, 0.5, 15.0)
    assert [backoff_delay(attempt, policy, 1.0) for attempt in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    assert (backoff_delay(3, policy, 0.25), backoff_delay(10**9, policy, 1.0)) == (1.0, 15.0)
    assert backoff_delay(62, RetryPolicy(10, 1.0, 1e30), 1.0) == 2.0**60
    assert (RetryPolicy().attempts, RetryPolicy().base_delay, RetryPolicy().max_delay) == (10, 0.5, 15.0)


def test_a_retry_waits_at_least_as_long_as_requested(monkeypatch: pytest.MonkeyPatch) -> None:
    class Half:
        def random(self) -> float:
            return 0.5

    monkeypatch.setattr(backoff_module, "_RANDOM", Half())
    stop, tried = Waits(), list[int]()

    def action() -> int:
        tried.append(len(tried))
        raise KeyError(len(tried))

    with pytest.raises(KeyError) as last:
        with_retry(action, lambda error: float(error.args[0]), RetryPolicy(4, 1.0), stop)
    assert (stop.slept, tried, last.value.args) == ([1.5, 3.0, 5.0], [0, 1, 2, 3], (4,))
    with pytest.raises(KeyError):
        with_retry(action, lambda _: None, RetryPolicy(4, 1.0), stop)
    assert (len(stop.slept), len(tried)) == (3, 5)


def test_a_cap_is_shared_and_unused_bytes_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Throttle(100.0)
    assert [made.reserve(50, 10.0), made.reserve(50, 10.0), made.reserve(50, 10.25)] == [0.0, 0.5, 0.75]
    assert [made.reserve(50, 20.0), made.reserve(1, 20.0)] == [0.0, 0.5]
    stop = Waits()
    monkeypatch.setattr(throttle, "time", Clock(20.0))
    made.let_pass(1, stop)
    made.cap = None
    made.let_pass(10**9, stop)
    assert stop.slept == [pytest.approx(0.51), 0.0]


class Answers:
    """Returns these stages one after another; requests: the arguments."""

    def __init__(self, *stages: str) -> None:
        self._stages = [*stages]
        self.requests: list[Any] = []

    def status(self, *given: Any) -> Status:
        self.requests.append(given)
        nothing = dict.fromkeys(Status.__dataclass_fields__)
        return Status(**nothing | {"stage": self._stages.pop(0)})  # type: ignore[arg-type]


def test_the_verdict_is_polled_less_and_less_often() -> None:
    stop, api = Waits(), Answers(*["scanning"] * 11, "ready")
    last = await_verdict(api, "f1", {"pin": "1"}, stop)  # type: ignore[arg-type]
    assert (last.stage, api.requests) == ("ready", [("f1", {"pin": "1"}, stop)] * 12)
    expected = [min(5.0, 0.3 * 1.4**turn) for turn in range(11)]
    assert stop.slept == pytest.approx(expected)
    assert (verdict_module.FIRST_WAIT, stop.slept[-1]) == (0.3, 5.0)


@pytest.mark.parametrize("stage", ["ready", "quarantined", "scan_failed", "aborted", "expired"])
def test_polling_ends_at_a_final_stage(stage: str) -> None:
    stop, api = Waits(), Answers(stage)
    assert [status.stage for status in statuses(api, "f1", None, stop)] == [stage]  # type: ignore[arg-type]
    assert stop.slept == []
