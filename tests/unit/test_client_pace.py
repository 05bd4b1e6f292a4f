"""How fast and how many at once: tuning, turns, progress, waits, stopping, and signatures ahead of need."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from longshore.client import Client, RetryPolicy, Status, Stop
from longshore.client import verdict as verdict_module
from longshore.client.content_types import type_of
from longshore.client.details import Details, in_utf8, with_checksum
from longshore.client.errors import InvalidBodyError, PolicyRefusedError, StoppedError, UnexpectedAnswerError
from longshore.client.network import backoff as backoff_module
from longshore.client.network import throttle, tuner
from longshore.client.network.backoff import backoff_delay, with_retry
from longshore.client.network.throttle import Throttle
from longshore.client.network.tuner import ConcurrencyLimits, Tuner
from longshore.client.observer import Comparison, Noting, Observer, Session
from longshore.client.progress import Meter, Progress
from longshore.client.stopping import run_together
from longshore.client.uploads import signing
from longshore.client.uploads.signing import SigningWindow
from longshore.client.values import Opened, Page, SignedChunk, load, load_page
from longshore.client.verdict import await_verdict, statuses
from longshore.receipts.hashing import QUICK


class Clock:
    """A clock that a test sets; what it calls `time` elsewhere."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


class Waits(Stop):
    """Does not wait; slept: for how long it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


# connections


@pytest.mark.parametrize(
    ("least", "most", "first"), [(1, 1, 1), (1, 3, 3), (2, 10, 4), (4, 10, 4), (5, 10, 5), (1, 10, 4)]
)
def test_how_many_connections_there_are_at_first(least: int, most: int, first: int) -> None:
    made = Tuner(least, most)
    assert (made.limit, made.least, made.most) == (first, least, most)


def rounds(made: Tuner, *rates: float) -> list[int]:
    """The limits after rounds in which each part came in such a time that the rate was this."""
    now, limits = 100.0, []
    made._since = now
    for rate in rates:
        size = 1000
        now += made.limit * size / rate
        for _ in range(made.limit):
            made.arrived(size, now)
        limits.append(made.limit)
    return limits


def test_one_more_as_long_as_that_is_faster_by_a_twentieth() -> None:
    assert rounds(Tuner(1, 9), 100, 105.1, 111, 116, 130, 130) == [5, 6, 7, 6, 5, 6]


def test_no_round_ends_before_as_many_parts_have_come_as_travel() -> None:
    made = Tuner(1, 9)
    for _ in range(3):
        made.arrived(1, 1e9)
    assert made.limit == 4
    made.arrived(1, 1e9)
    assert made.limit == 5


def test_a_part_that_fails_makes_it_one_less_and_begins_a_round() -> None:
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
def test_a_number_of_connections_that_cannot_be_is_named(least: int, most: int) -> None:
    with pytest.raises(ValueError) as refused:
        Tuner(least, most)
    assert str(refused.value) == f"connections run from 1 up, the least first; not {least} … {most}"


def test_a_turn_waits_for_one_that_ends() -> None:
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


def test_limits_tell_their_tuner_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(tuner, "time", Clock(7.0))
    monkeypatch.setattr(Tuner, "arrived", lambda _self, *given: told.append(given))
    monkeypatch.setattr(Tuner, "failed", lambda _self, *given: told.append(given))
    slots = ConcurrencyLimits(1, 1)
    slots.arrived(5)
    slots.failed()
    assert told == [(5, 7.0), (7.0,)]


# progress


def test_speed_is_that_of_the_last_seconds() -> None:
    told: list[Progress] = []
    clock = Clock()
    meter = Meter(10_000, told.append, clock.monotonic)
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
    assert told[-1].moved == 4049


def test_progress_is_told_ten_times_a_second_at_most() -> None:
    told: list[Progress] = []
    clock = Clock(1000.0)
    meter = Meter(100, told.append, clock.monotonic)
    for tenths, moved in [(0.0, 1), (0.05, 2), (0.09, 3), (0.125, 4), (0.2, 5), (0.25, 6)]:
        clock.now = 1000.0 + tenths
        meter.moved(0, moved)
    assert [progress.moved for progress in told] == [1, 4, 6]
    meter.tell()
    assert told[-1].moved == 6


def test_bytes_that_were_there_or_were_lost_are_no_speed() -> None:
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


# waits


def test_waits_double_up_to_the_longest() -> None:
    policy = RetryPolicy(10, 0.5, 15.0)
    assert [backoff_delay(attempt, policy, 1.0) for attempt in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
    assert (backoff_delay(3, policy, 0.25), backoff_delay(10**9, policy, 1.0)) == (1.0, 15.0)
    assert backoff_delay(62, RetryPolicy(10, 1.0, 1e30), 1.0) == 2.0**60
    assert (RetryPolicy().attempts, RetryPolicy().base_delay, RetryPolicy().max_delay) == (10, 0.5, 15.0)


def test_a_try_waits_no_shorter_than_it_is_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_cap_is_shared_and_forgets_what_was_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
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
    """Statuses one after another; asked: with what."""

    def __init__(self, *stages: str) -> None:
        self._stages = [*stages]
        self.asked: list[Any] = []

    def status(self, *given: Any) -> Status:
        self.asked.append(given)
        nothing = dict.fromkeys(Status.__dataclass_fields__)
        return Status(**nothing | {"stage": self._stages.pop(0)})  # type: ignore[arg-type]


def test_the_verdict_is_asked_for_ever_more_rarely() -> None:
    stop, api = Waits(), Answers(*["scanning"] * 11, "ready")
    last = await_verdict(api, "f1", {"pin": "1"}, stop)  # type: ignore[arg-type]
    assert (last.stage, api.asked) == ("ready", [("f1", {"pin": "1"}, stop)] * 12)
    expected = [min(5.0, 0.3 * 1.4**turn) for turn in range(11)]
    assert stop.slept == pytest.approx(expected)
    assert (verdict_module.FIRST_WAIT, stop.slept[-1]) == (0.3, 5.0)


@pytest.mark.parametrize("stage", ["ready", "quarantined", "scan_failed", "aborted", "expired"])
def test_after_a_last_word_nothing_is_asked(stage: str) -> None:
    stop, api = Waits(), Answers(stage)
    assert [status.stage for status in statuses(api, "f1", None, stop)] == [stage]  # type: ignore[arg-type]
    assert stop.slept == []


# stopping


def test_a_child_stops_with_its_parent_and_not_the_other_way_round() -> None:
    parent = Stop()
    child, other = Stop(parent), Stop(parent)
    child.set()
    assert (parent.is_set(), child.is_set(), other.is_set()) == (False, True, False)
    parent.release(other)
    parent.set()
    assert (parent.is_set(), other.is_set(), Stop(parent).is_set()) == (True, False, True)
    for wait in (parent.check, lambda: parent.sleep(60), lambda: child.sleep(-1)):
        with pytest.raises(StoppedError) as stopped:
            wait()
    assert stopped.value.message == "Stopped."
    other.check()
    other.sleep(-1.0)


def test_the_first_failure_ends_the_others_and_is_raised() -> None:
    started, stop = threading.Barrier(2), Stop()
    ended: list[bool] = []

    def fails(_stop: Stop) -> None:
        started.wait(10)
        raise KeyError("first")

    def waits(inner: Stop) -> None:
        started.wait(10)
        try:
            inner.sleep(60)
        finally:
            ended.append(inner.is_set())

    with pytest.raises(KeyError, match="first"):
        run_together([waits, fails], stop)
    assert (ended, stop.is_set(), stop._children) == ([True], False, [])


def test_a_stop_from_outside_is_raised_once_all_have_ended() -> None:
    stop, ended = Stop(), []

    def works(inner: Stop) -> None:
        stop.set()
        ended.append(inner.is_set())

    with pytest.raises(StoppedError):
        run_together([works, works], stop)
    assert ended == [True, True]


def test_work_that_hangs_is_left_behind_after_its_grace() -> None:
    release, stop = threading.Event(), Stop()

    def hangs(_stop: Stop) -> None:
        stop.set()
        release.wait(60)

    with pytest.raises(StoppedError):
        run_together([hangs], stop, grace=0.0)
    release.set()


# signatures


def chunk(index: int, ends: str = "2999-01-01T00:00:00+00:00") -> SignedChunk:
    return SignedChunk(index, "PUT", f"http://x/{index}", {}, ends)


class Signer:
    """Signs; batches: what was asked for at once."""

    def __init__(self, ends: str = "2999-01-01T00:00:00+00:00") -> None:
        self.batches: list[list[int]] = []
        self._ends = ends

    def sign(self, wanted: Sequence[Any]) -> list[SignedChunk]:
        self.batches.append([each["chunk_index"] for each in wanted])
        return [chunk(each["chunk_index"], self._ends) for each in wanted]

    def window(self, order: Sequence[int], size: int, at_once: bool = True, **others: Any) -> SigningWindow:
        named = {"server_skew": lambda: 0.0} | others
        return SigningWindow(
            order, lambda index: {"chunk_index": index}, self.sign, window=size, at_once=at_once, **named
        )


def take_all(window: SigningWindow, stop: Stop | None = None) -> list[int]:
    taken = []
    while (found := window.take(stop or Stop())) is not None:
        taken.append(found.chunk_index)
    return taken


@pytest.mark.parametrize(
    ("size", "batches"), [(8, [[0, 1, 2, 3], [4, 5, 6]]), (7, [[0, 1, 2], [3, 4, 5], [6]]), (20, [[*range(7)]])]
)
def test_half_a_window_is_signed_at_once(size: int, batches: list[list[int]]) -> None:
    signer = Signer()
    window = signer.window(range(7), size, at_once=False)
    window.fill(Stop())
    assert (signer.batches, take_all(window)) == (batches, [*range(7)])


def test_what_came_signed_is_handed_out_first_and_not_signed_again() -> None:
    signer = Signer()
    window = signer.window([3, 4, 5], 8, first=[chunk(4), chunk(9)])
    window.fill(Stop())
    assert (take_all(window), signer.batches) == ([4, 3, 5], [[3, 5]])


@pytest.mark.parametrize(("at_once", "least"), [(True, 2), (False, 1)])
def test_a_sender_that_waits_gets_a_small_batch(at_once: bool, least: int) -> None:
    """One that waits while describing costs time is given the very first chunk."""
    signer = Signer()
    window = signer.window(range(8), 4, at_once=at_once)
    window._hungry = 1
    stop = Stop()
    run_together([window.fill, lambda stop: assert_all(window, stop)], stop)
    assert min(len(batch) for batch in signer.batches) >= least
    assert [index for batch in signer.batches for index in batch] == [*range(8)]


def assert_all(window: SigningWindow, stop: Stop) -> None:
    assert take_all(window, stop) == [*range(8)]


def test_no_more_is_signed_than_the_window_holds() -> None:
    signer, stop = Signer(), Stop()
    window = signer.window(range(9), 4)

    def fill() -> None:
        with pytest.raises(StoppedError):
            window.fill(stop)

    filling = threading.Thread(target=fill)
    filling.start()
    first = window.take(Stop())
    stop.set()
    filling.join()
    assert (first and first.chunk_index, sum(map(len, signer.batches)) <= 5) == (0, True)
    with pytest.raises(StoppedError):
        signer.window(range(9), 4).take(stop)


@pytest.mark.parametrize(("ends_in", "skew", "again"), [(4.9, 0.0, True), (5.0, 0.0, False), (64.9, 60.0, True)])
def test_a_signature_that_ends_in_five_seconds_is_renewed(
    monkeypatch: pytest.MonkeyPatch, ends_in: float, skew: float, again: bool
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(signing, "time", Clock(now.timestamp()))
    signer = Signer()
    ends = (now + timedelta(seconds=ends_in)).isoformat()
    window = signer.window([0], 4, first=[chunk(0, ends)], server_skew=lambda: skew)
    window.fill(Stop())
    taken = window.take(Stop())
    assert (taken, signer.batches) == (chunk(0) if again else chunk(0, ends), [[0]] if again else [])


def test_a_failure_to_sign_ends_the_senders() -> None:
    def refuses(_wanted: Any) -> Any:
        raise KeyError("refused")

    window = SigningWindow([0], lambda index: {}, refuses, window=1, at_once=True, server_skew=lambda: 0.0)
    with pytest.raises(KeyError):
        window.fill(Stop())
    assert window.take(Stop()) is None


# what is said of a file


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text/plain"),
        ("A.TXT", "text/plain"),
        ("a.tar.gz", "application/gzip"),
        ("a.TAR.bz2", "application/x-bzip2"),
        ("a.txt.xz", "application/x-xz"),
        ("a.Z", "application/x-compress"),
        ("a.br", "application/octet-stream"),
        ("a.tgz", "application/gzip"),
        ("a.svgz", "application/gzip"),
        ("a.tar", "application/x-tar"),
        ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("data:x.txt", "text/plain"),
        ("a?b.txt", "text/plain"),
        ("a.t?t", "application/octet-stream"),
        (".txt", "application/octet-stream"),
        ("..txt", "application/octet-stream"),
        ("txt", "application/octet-stream"),
        ("a.", "application/octet-stream"),
        ("a.nothing", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_the_type_that_a_name_stands_for(name: str, kind: str) -> None:
    assert type_of(name) == kind


def test_what_is_not_given_is_not_said() -> None:
    kind = {"filename": "a.txt", "content_type": "text/plain"}
    few, all_ = Details("a.txt"), Details("a.txt", "b/c", {"pin": "1"}, {"d": 1}, "u1", "a1", "CRC32", 7, "p")
    assert few.init_body(None, None) == kind
    assert few.complete_body("up", 0, 1) == kind | {"upload_id": "up", "total_size": 0, "total_chunks": 1}
    kind |= {"content_type": "b/c"}
    assert all_.init_body(5, "X") == kind | {
        "size": 5,
        "chunk_size": 7,
        "checksum_algorithm": "X",
        "policy": "p",
    }
    whose = {"user_id": "u1", "appointment_id": "a1", "detail": {"d": 1}, "credential": {"pin": "1"}}
    assert all_.complete_body("up", 5, 2) == kind | whose | {"upload_id": "up", "total_size": 5, "total_chunks": 2}
    assert (few.checksum, in_utf8("a\udcffb\ud800")) == ("auto", "a\ufffdb\ufffd")


def invalid(*errors: str) -> InvalidBodyError:
    return InvalidBodyError(422, {"code": "invalid_body", "errors": [*errors]})


def test_algorithms_are_tried_from_the_best() -> None:
    tried: list[str | None] = []

    def init(taken: str | None) -> Callable[[str | None], str]:
        def ask(algorithm: str | None) -> str:
            tried.append(algorithm)
            if algorithm != taken:
                raise invalid("[size] too large", "[checksum_algorithm] not checked")
            return "opened"

        return ask

    assert with_checksum("auto", init(QUICK[1])) == ("opened", QUICK[1])
    assert with_checksum("auto", init(None)) == ("opened", None)
    assert with_checksum(None, init(None)) == ("opened", None)
    assert with_checksum("MD4", init("MD4")) == ("opened", "MD4")
    assert tried == [*QUICK[:2], *QUICK, None, None, "MD4"]
    with pytest.raises(InvalidBodyError):
        with_checksum("SHA256", init(None))

    def requires(algorithm: str | None) -> str:
        if algorithm != QUICK[-1]:
            said = {"code": "policy_refused", "errors": [f"[checksum_algorithm] must be one of {QUICK[-1]}"]}
            raise PolicyRefusedError(422, said)
        return "opened"

    assert with_checksum("auto", requires) == ("opened", QUICK[-1])

    def refuses(_algorithm: str | None) -> Any:
        raise invalid("[filename] checksum_algorithm")

    with pytest.raises(InvalidBodyError):
        with_checksum("auto", refuses)


def test_answers_become_values() -> None:
    signed = {"chunk_index": 0, "method": "PUT", "url": "u", "headers": {}, "expires_at": "e", "newer": 1}
    data = {"upload_id": "up", "file_id": "f", "chunk_size": 5, "expires_at": "e", "chunks": [signed], "newer": 2}
    assert load(Opened, data) == Opened("up", "f", 5, "e", [SignedChunk(0, "PUT", "u", {}, "e")])
    assert load_page(SignedChunk, {"items": [signed], "next_cursor": "c"}) == Page(
        [SignedChunk(0, "PUT", "u", {}, "e")], "c"
    )


@pytest.mark.parametrize("data", [None, 3, {}, {"chunks": 3}, {"upload_id": "up"}])
def test_an_answer_that_is_no_such_value_is_told(data: Any) -> None:
    with pytest.raises(UnexpectedAnswerError, match=r"^The service's answer is no Opened \(.+\)\.$"):
        load(Opened, data)


def test_what_an_observer_hears_is_passed_on() -> None:
    heard: list[Any] = []

    class Ears(Observer):
        session = stage = compared = progress = staticmethod(heard.append)  # type: ignore[assignment]

    sessions: list[Session] = []
    noting, session = Noting(Ears(), sessions), Session("up", "f", 5, "e")
    noting.session(session)
    noting.stage("uploading")
    noting.compared(Comparison())
    noting.progress(Progress(1, 2))
    assert (heard, sessions) == ([session, "uploading", Comparison(), Progress(1, 2)], [session])


@pytest.mark.parametrize(
    ("same", "other", "another"), [((), (), False), ((), (1,), True), ((0,), (1,), False), ((0,), (), False)]
)
def test_an_upload_nothing_of_which_fits_is_another_files(
    same: tuple[int, ...], other: tuple[int, ...], another: bool
) -> None:
    assert Comparison(frozenset(same), frozenset(other)).is_another_file is another


def test_a_client_is_told_where_and_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LONGSHORE_URL", raising=False)
    with pytest.raises(ValueError, match=r"^no service is named: give its URL, or set LONGSHORE_URL$"):
        Client()
    monkeypatch.setenv("LONGSHORE_URL", "https://files.example/")
    made = Client(limit=5.0, connections=(1, 3), window=0)
    assert (made.url, repr(made), made.limit) == (
        "https://files.example",
        "Client('https://files.example')",
        5.0,
    )
    common = made._common
    assert (common.window, common.slots.most, common.policy) == (1, 3, RetryPolicy())
    assert (Client(window=5000)._common.window, Client(window=7)._common.window) == (1000, 7)
    assert (Client()._common.window, Client()._common.slots.most, Client().limit) == (64, 10, None)
    made.limit = None
    assert made.limit is None
