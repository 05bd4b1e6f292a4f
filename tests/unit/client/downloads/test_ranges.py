"""The ranges of a download: which are requested, which bytes are used, and which failures end it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from longshore.client import RetryPolicy, Stop
from longshore.client.downloads.download import LEAST_RANGE, MOST_RANGES, range_size
from longshore.client.downloads.ranges import Ranges
from longshore.client.errors import TransferError, VerificationError
from longshore.client.network.storage import Storage
from longshore.client.network.throttle import Throttle
from longshore.client.parts import PartPlan
from longshore.client.progress import Meter, Progress
from longshore.client.shared import Common

BODY = bytes(range(256)) * 11
RANGE = 1000
RANGES = [(0, 1000), (1000, 2000), (2000, len(BODY))]
OTHERS = "Storage sent bytes of another object: the file was replaced during the download."
NOT_REQUESTED = "Storage or a proxy sent other bytes than the requested range."

Give = Callable[[str, int, int], urllib3.HTTPResponse]


def answer(body: bytes, status: int = 206, **headers: str) -> urllib3.HTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return urllib3.HTTPResponse(io.BytesIO(body), named, status, preload_content=False)


def ranged(_link: str, start: int, end: int) -> urllib3.HTTPResponse:
    """The answer of a storage that sends the requested range."""
    return answer(BODY[start:end], Content_Range=f"bytes {start}-{end - 1}/{len(BODY)}", ETag='"one"')


class Store(Storage):
    """Storage whose answers a test gives; requests: the links and ranges."""

    def __init__(self, give: Give) -> None:
        super().__init__(None, Throttle())  # type: ignore[arg-type]
        self._give = give
        self.requests: list[tuple[str, int, int]] = []

    def get(self, url: str, start: int, end: int) -> urllib3.BaseHTTPResponse:
        self.requests.append((url, start, end))
        return self._give(url, start, end)


class ConcurrencyLimits:
    """Limits that never wait; results: those of the parts."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.results: list[Any] = []

    @contextmanager
    def turn(self, _stop: Stop) -> Iterator[None]:
        yield

    def arrived(self, size: int) -> None:
        self.results.append(size)

    def failed(self) -> None:
        self.results.append("failed")


class Target:
    """Keeps bytes by offset; taken: the number of written bytes."""

    def __init__(self, done: set[int], in_order: bool) -> None:
        self.done, self.in_order = done, in_order
        self.body = bytearray(len(BODY))
        self.taken = 0

    def write(self, offset: int, data: bytes) -> None:
        self.body[offset : offset + len(data)] = data
        self.taken += len(data)

    def add(self, range_index: int) -> None:
        self.done.add(range_index)


class Fetched:
    """A download of BODY from a store; links: the fresh ones."""

    def __init__(
        self, give: Give, *, most: int = 1, done: set[int] | None = None, in_order: bool = False, attempts: int = 10
    ) -> None:
        self.store, self.slots, self.target = Store(give), ConcurrencyLimits(most), Target(set(done or ()), in_order)
        self.links = 0
        self.progress: list[Progress] = []
        policy = RetryPolicy(attempts=attempts, base_delay=0.0)
        common = Common(None, self.store, self.slots, policy, 1)  # type: ignore[arg-type]
        plan = PartPlan(len(BODY), RANGE)
        self.meter = Meter(plan.size, self.progress.append)
        self._ranges = Ranges(common, plan, self.target, self.meter, "link 0", self.relink)

    def relink(self) -> str:
        self.links += 1
        return f"link {self.links}"

    def run(self) -> Fetched:
        self._ranges.fetch(Stop())
        return self


def once(*first: Callable[[], urllib3.HTTPResponse], then: Give = ranged) -> Give:
    """These answers first, then those of `then`."""
    left = [*first]
    return lambda link, start, end: left.pop(0)() if left else then(link, start, end)


def refuse(status: int, code: str = "", retry_after: float = 0.0) -> Callable[[], urllib3.HTTPResponse]:
    def raise_it() -> urllib3.HTTPResponse:
        raise TransferError("send a part", status, code, retry_after)

    return raise_it


@given(st.integers(0, 5 * 1024**4))
def test_ranges_have_a_minimum_size_and_a_maximum_number(size: int) -> None:
    length = range_size(size)
    assert length >= LEAST_RANGE
    assert PartPlan(size, length).total_chunks <= MOST_RANGES
    assert length == LEAST_RANGE or PartPlan(size, length - 1).total_chunks > MOST_RANGES


@pytest.mark.parametrize("most", [1, 2, 9])
def test_each_range_is_requested_once(most: int) -> None:
    fetched = Fetched(ranged, most=most).run()
    assert sorted(fetched.store.requests) == [("link 0", *each) for each in RANGES]
    assert (bytes(fetched.target.body), fetched.target.taken, fetched.target.done) == (BODY, len(BODY), {0, 1, 2})
    assert (fetched.progress[-1].moved, fetched.progress[-1].size) == (len(BODY), len(BODY))
    assert sorted(fetched.slots.results) == [816, 1000, 1000]


def test_finished_ranges_are_not_requested() -> None:
    fetched = Fetched(ranged, done={1}).run()
    assert fetched.store.requests == [("link 0", *RANGES[0]), ("link 0", *RANGES[2])]
    assert (min(each.moved for each in fetched.progress) >= RANGE, fetched.progress[-1].moved) == (True, len(BODY))
    assert (fetched.target.taken, fetched.target.done) == (1816, {0, 1, 2})
    assert Fetched(ranged, done={0, 1, 2}).run().progress[-1].moved == len(BODY)


def test_an_in_order_target_gets_ranges_in_order() -> None:
    fetched = Fetched(ranged, most=9, in_order=True).run()
    assert [start for _, start, _ in fetched.store.requests] == [0, 1000, 2000]


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_an_expired_link_is_replaced_for_all_ranges(status: int) -> None:
    fetched = Fetched(once(refuse(status))).run()
    assert [link for link, *_ in fetched.store.requests] == ["link 0", *["link 1"] * 3]
    assert (bytes(fetched.target.body), fetched.slots.results) == (BODY, ["failed", 1000, 1000, 816])


def test_refused_new_links_end_the_download() -> None:
    fetched = Fetched(once(*[refuse(403, "AccessDenied")] * 9))
    with pytest.raises(TransferError) as refused:
        fetched.run()
    assert [link for link, *_ in fetched.store.requests] == ["link 0", "link 1", "link 2", "link 3"]
    assert refused.value.message == "Storage did not send a part (403 AccessDenied)."


@pytest.mark.parametrize(("status", "tries"), [(503, 4), (500, 4), (429, 4), (0, 4), (416, 1)])
def test_a_temporary_failure_is_retried_with_the_same_link(status: int, tries: int) -> None:
    fetched = Fetched(once(*[refuse(status)] * 9), attempts=4)
    with pytest.raises(TransferError):
        fetched.run()
    assert (fetched.store.requests, fetched.links) == ([("link 0", *RANGES[0])] * tries, 0)


def test_a_late_answer_of_the_old_link_may_have_the_old_etag() -> None:
    """The file moves during two requests: one is refused, the other is answered after the fresh link was used."""
    relinked, both = threading.Event(), threading.Barrier(2)

    def give(link: str, start: int, end: int) -> urllib3.HTTPResponse:
        if link == "link 0" and start < 2000:
            both.wait(10)
            if start == 0:
                raise TransferError("send a part", 403, "AccessDenied")
            relinked.wait(10)
            return ranged(link, start, end)
        made = answer(BODY[start:end], Content_Range=f"bytes {start}-{end - 1}/{len(BODY)}", ETag='"two"')
        if start == 0:
            relinked.set()
        return made

    assert bytes(Fetched(give, most=2).run().target.body) == BODY


@pytest.mark.parametrize("second", ['"two"', None])
def test_another_object_behind_the_same_link_is_refused(second: str | None) -> None:
    etag = {} if second is None else {"ETag": second}

    def give(link: str, start: int, end: int) -> urllib3.HTTPResponse:
        if start == 0:
            return ranged(link, start, end)
        return answer(BODY[start:end], 206, Content_Range=f"bytes {start}-{end - 1}/{len(BODY)}", **etag)

    fetched = Fetched(give)
    with pytest.raises(VerificationError) as refused:
        fetched.run()
    assert (refused.value.message, len(fetched.store.requests), fetched.target.done) == (OTHERS, 2, {0})


@pytest.mark.parametrize(
    "given_",
    [
        {"Content_Range": f"bytes 0-998/{len(BODY)}"},
        {"Content_Range": f"bytes 1-999/{len(BODY)}"},
        {"Content_Range": f"bytes 0-999/{len(BODY) + 1}"},
        {"status": 200, "Content_Length": "1000"},
        {"status": 206, "Content_Length": str(len(BODY))},
        {},
    ],
)
def test_an_answer_with_another_range_is_refused(given_: Any) -> None:
    fetched = Fetched(once(lambda: answer(BODY, **given_)))
    with pytest.raises(VerificationError) as refused:
        fetched.run()
    assert (refused.value.message, fetched.target.taken, len(fetched.store.requests)) == (NOT_REQUESTED, 0, 1)


@pytest.mark.parametrize("length", [{}, {"Content_Length": str(len(BODY))}])
@pytest.mark.parametrize("done", [set(), {0}])
def test_a_whole_answer_is_downloaded_in_one_piece(length: dict[str, str], done: set[int]) -> None:
    given_: list[urllib3.HTTPResponse] = []

    def give(*_: Any) -> urllib3.HTTPResponse:
        given_.append(answer(BODY, 200, ETag='"one"', **length))
        return given_[-1]

    fetched = Fetched(give, done=done).run()
    assert [each[1:] for each in fetched.store.requests] == [RANGES[len(done)], (0, 0)]
    assert (bytes(fetched.target.body), fetched.target.taken, fetched.target.done) == (BODY, len(BODY), {0, 1, 2})
    assert (fetched.progress[-1].moved, given_[0].closed) == (len(BODY), True)


@pytest.mark.parametrize(
    ("etag", "length", "reason"), [('"two"', str(len(BODY)), OTHERS), ('"one"', "1000", NOT_REQUESTED)]
)
def test_a_whole_answer_must_match_earlier_ranges(etag: str, length: str, reason: str) -> None:
    first = answer(BODY, 200, ETag='"one"', Content_Length=str(len(BODY)))
    fetched = Fetched(once(lambda: first, lambda: answer(BODY, 200, ETag=etag, Content_Length=length)))
    with pytest.raises(VerificationError) as refused:
        fetched.run()
    assert (refused.value.message, fetched.target.taken) == (reason, 0)


def test_a_file_of_one_range_accepts_a_whole_answer() -> None:
    whole = Fetched(lambda *_: answer(BODY, 200))
    whole._ranges._plan = PartPlan(len(BODY), len(BODY))
    assert (bytes(whole.run().target.body), len(whole.store.requests)) == (BODY, 1)


@pytest.mark.parametrize("all_at_once", [False, True])
def test_an_incomplete_answer_is_fetched_again(all_at_once: bool) -> None:
    def whole(*_: Any) -> urllib3.HTTPResponse:
        return answer(BODY, 200)

    cut = Fetched(
        once(whole, lambda: answer(BODY[:1500], 200), then=whole)
        if all_at_once
        else once(lambda: answer(BODY[:600], Content_Range=f"bytes 0-999/{len(BODY)}", ETag='"one"'))
    ).run()
    assert bytes(cut.target.body) == BODY
    assert (cut.progress[-1].moved, cut.target.taken) == (len(BODY), len(BODY) + (1500 if all_at_once else 600))
    assert "failed" in cut.slots.results


@pytest.mark.parametrize("all_at_once", [False, True])
def test_a_download_fails_if_every_answer_is_incomplete(all_at_once: bool) -> None:
    status = {"status": 200} if all_at_once else {"Content_Range": f"bytes 0-999/{len(BODY)}"}
    fetched = Fetched(lambda *_: answer(BODY[:600], **status), attempts=3)
    with pytest.raises(TransferError) as refused:
        fetched.run()
    assert refused.value.message == "Storage did not send a part (no answer CutShort)."
    assert (len(fetched.store.requests), fetched.target.done) == (4 if all_at_once else 3, set())
    assert fetched.meter.read().moved == (600 if all_at_once else 0)


def test_bytes_beyond_a_range_are_cut_and_beyond_the_file_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.client.network.storage.PIECE", 700)
    ranged_more = once(lambda: answer(BODY + b"!", Content_Range=f"bytes 0-999/{len(BODY)}", ETag='"one"'))
    fetched = Fetched(ranged_more).run()
    assert (bytes(fetched.target.body), fetched.target.taken) == (BODY, len(BODY))
    more = Fetched(lambda *_: answer(BODY + b"!", 200))
    with pytest.raises(VerificationError) as refused:
        more.run()
    assert refused.value.message == f"Storage sent more than the {len(BODY)} bytes of the file."
    assert more.target.taken == len(BODY)


def test_progress_of_a_whole_answer_is_reported_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.client.network.storage.PIECE", 700)
    monkeypatch.setattr("longshore.client.progress.TELL_EVERY", 0.0)
    fetched = Fetched(lambda *_: answer(BODY, 200)).run()
    moved = [each.moved for each in fetched.progress]
    assert [at for at in range(700, len(BODY), 700) if at not in moved] == []
    assert (moved, max(moved)) == (sorted(moved), len(BODY))
