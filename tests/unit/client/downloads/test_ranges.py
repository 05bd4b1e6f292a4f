"""The ranges of a download: what is asked for, what is taken of the answers, and which failures end it."""

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
NOT_ASKED_FOR = "Storage or a proxy sent other bytes than the requested range."

Give = Callable[[str, int, int], urllib3.HTTPResponse]


def answer(body: bytes, status: int = 206, **headers: str) -> urllib3.HTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return urllib3.HTTPResponse(io.BytesIO(body), named, status, preload_content=False)


def ranged(_link: str, start: int, end: int) -> urllib3.HTTPResponse:
    """What storage answers that does as it is asked."""
    return answer(BODY[start:end], Content_Range=f"bytes {start}-{end - 1}/{len(BODY)}", ETag='"one"')


class Store(Storage):
    """Storage whose answers a test gives; asked: for which ranges, by which link."""

    def __init__(self, give: Give) -> None:
        super().__init__(None, Throttle())  # type: ignore[arg-type]
        self._give = give
        self.requests: list[tuple[str, int, int]] = []

    def get(self, url: str, start: int, end: int) -> urllib3.BaseHTTPResponse:
        self.requests.append((url, start, end))
        return self._give(url, start, end)


class ConcurrencyLimits:
    """Limits that never wait; told: the results of parts."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.told: list[Any] = []

    @contextmanager
    def turn(self, _stop: Stop) -> Iterator[None]:
        yield

    def arrived(self, size: int) -> None:
        self.told.append(size)

    def failed(self) -> None:
        self.told.append("failed")


class Target:
    """Bytes by their places; taken: how often each was written."""

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
        self.told: list[Progress] = []
        policy = RetryPolicy(attempts=attempts, base_delay=0.0)
        common = Common(None, self.store, self.slots, policy, 1)  # type: ignore[arg-type]
        plan = PartPlan(len(BODY), RANGE)
        self.meter = Meter(plan.size, self.told.append)
        self._ranges = Ranges(common, plan, self.target, self.meter, "link 0", self.relink)

    def relink(self) -> str:
        self.links += 1
        return f"link {self.links}"

    def run(self) -> Fetched:
        self._ranges.fetch(Stop())
        return self


def once(*first: Callable[[], urllib3.HTTPResponse], then: Give = ranged) -> Give:
    """The first answers, then others."""
    left = [*first]
    return lambda link, start, end: left.pop(0)() if left else then(link, start, end)


def refuse(status: int, code: str = "", retry_after: float = 0.0) -> Callable[[], urllib3.HTTPResponse]:
    def raise_it() -> urllib3.HTTPResponse:
        raise TransferError("send a part", status, code, retry_after)

    return raise_it


@given(st.integers(0, 5 * 1024**4))
def test_a_file_has_a_bounded_number_of_ranges_that_are_worth_a_request(size: int) -> None:
    length = range_size(size)
    assert length >= LEAST_RANGE
    assert PartPlan(size, length).total_chunks <= MOST_RANGES
    assert length == LEAST_RANGE or PartPlan(size, length - 1).total_chunks > MOST_RANGES


@pytest.mark.parametrize("most", [1, 2, 9])
def test_each_range_is_asked_for_once(most: int) -> None:
    fetched = Fetched(ranged, most=most).run()
    assert sorted(fetched.store.requests) == [("link 0", *each) for each in RANGES]
    assert (bytes(fetched.target.body), fetched.target.taken, fetched.target.done) == (BODY, len(BODY), {0, 1, 2})
    assert (fetched.told[-1].moved, fetched.told[-1].size) == (len(BODY), len(BODY))
    assert sorted(fetched.slots.told) == [816, 1000, 1000]


def test_what_is_there_is_not_asked_for() -> None:
    fetched = Fetched(ranged, done={1}).run()
    assert fetched.store.requests == [("link 0", *RANGES[0]), ("link 0", *RANGES[2])]
    assert (min(told.moved for told in fetched.told) >= RANGE, fetched.told[-1].moved) == (True, len(BODY))
    assert (fetched.target.taken, fetched.target.done) == (1816, {0, 1, 2})
    assert Fetched(ranged, done={0, 1, 2}).run().told[-1].moved == len(BODY)


def test_a_target_that_takes_ranges_in_order_gets_them_so() -> None:
    fetched = Fetched(ranged, most=9, in_order=True).run()
    assert [start for _, start, _ in fetched.store.requests] == [0, 1000, 2000]


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_link_that_has_ended_is_replaced_for_all_ranges(status: int) -> None:
    fetched = Fetched(once(refuse(status))).run()
    assert [link for link, *_ in fetched.store.requests] == ["link 0", *["link 1"] * 3]
    assert (bytes(fetched.target.body), fetched.slots.told) == (BODY, ["failed", 1000, 1000, 816])


def test_refused_new_links_end_the_download() -> None:
    fetched = Fetched(once(*[refuse(403, "AccessDenied")] * 9))
    with pytest.raises(TransferError) as refused:
        fetched.run()
    assert [link for link, *_ in fetched.store.requests] == ["link 0", "link 1", "link 2", "link 3"]
    assert refused.value.message == "Storage did not send a part (403 AccessDenied)."


@pytest.mark.parametrize(("status", "asked"), [(503, 4), (500, 4), (429, 4), (0, 4), (416, 1)])
def test_what_passes_is_asked_again_by_the_same_link(status: int, asked: int) -> None:
    fetched = Fetched(once(*[refuse(status)] * 9), attempts=4)
    with pytest.raises(TransferError):
        fetched.run()
    assert (fetched.store.requests, fetched.links) == ([("link 0", *RANGES[0])] * asked, 0)


def test_a_copy_behind_a_fresh_link_may_have_another_etag_while_the_old_one_still_answers() -> None:
    """Two ranges are under way as the file moves: one is refused, the other's answer comes after the fresh link."""
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
def test_an_answer_to_another_question_is_refused(given_: Any) -> None:
    fetched = Fetched(once(lambda: answer(BODY, **given_)))
    with pytest.raises(VerificationError) as refused:
        fetched.run()
    assert (refused.value.message, fetched.target.taken, len(fetched.store.requests)) == (NOT_ASKED_FOR, 0, 1)


@pytest.mark.parametrize("length", [{}, {"Content_Length": str(len(BODY))}])
@pytest.mark.parametrize("done", [set(), {0}])
def test_where_all_comes_instead_it_is_taken_in_one_piece(length: dict[str, str], done: set[int]) -> None:
    given_: list[urllib3.HTTPResponse] = []

    def give(*_: Any) -> urllib3.HTTPResponse:
        given_.append(answer(BODY, 200, ETag='"one"', **length))
        return given_[-1]

    fetched = Fetched(give, done=done).run()
    assert [each[1:] for each in fetched.store.requests] == [RANGES[len(done)], (0, 0)]
    assert (bytes(fetched.target.body), fetched.target.taken, fetched.target.done) == (BODY, len(BODY), {0, 1, 2})
    assert (fetched.told[-1].moved, given_[0].closed) == (len(BODY), True)


@pytest.mark.parametrize(
    ("etag", "length", "reason"), [('"two"', str(len(BODY)), OTHERS), ('"one"', "1000", NOT_ASKED_FOR)]
)
def test_one_piece_is_compared_with_earlier_ranges(etag: str, length: str, reason: str) -> None:
    first = answer(BODY, 200, ETag='"one"', Content_Length=str(len(BODY)))
    fetched = Fetched(once(lambda: first, lambda: answer(BODY, 200, ETag=etag, Content_Length=length)))
    with pytest.raises(VerificationError) as refused:
        fetched.run()
    assert (refused.value.message, fetched.target.taken) == (reason, 0)


def test_a_file_of_one_range_may_come_as_a_whole() -> None:
    whole = Fetched(lambda *_: answer(BODY, 200))
    whole._ranges._plan = PartPlan(len(BODY), len(BODY))
    assert (bytes(whole.run().target.body), len(whole.store.requests)) == (BODY, 1)


@pytest.mark.parametrize("all_at_once", [False, True])
def test_an_answer_that_breaks_off_is_fetched_again(all_at_once: bool) -> None:
    def whole(*_: Any) -> urllib3.HTTPResponse:
        return answer(BODY, 200)

    cut = Fetched(
        once(whole, lambda: answer(BODY[:1500], 200), then=whole)
        if all_at_once
        else once(lambda: answer(BODY[:600], Content_Range=f"bytes 0-999/{len(BODY)}", ETag='"one"'))
    ).run()
    assert bytes(cut.target.body) == BODY
    assert (cut.told[-1].moved, cut.target.taken) == (len(BODY), len(BODY) + (1500 if all_at_once else 600))
    assert "failed" in cut.slots.told


@pytest.mark.parametrize("all_at_once", [False, True])
def test_a_download_that_breaks_off_every_time_fails(all_at_once: bool) -> None:
    status = {"status": 200} if all_at_once else {"Content_Range": f"bytes 0-999/{len(BODY)}"}
    fetched = Fetched(lambda *_: answer(BODY[:600], **status), attempts=3)
    with pytest.raises(TransferError) as refused:
        fetched.run()
    assert refused.value.message == "Storage did not send a part (no answer CutShort)."
    assert (len(fetched.store.requests), fetched.target.done) == (4 if all_at_once else 3, set())
    assert fetched.meter.read().moved == (600 if all_at_once else 0)


def test_more_than_a_range_is_cut_and_more_than_the_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.client.network.storage.PIECE", 700)
    ranged_more = once(lambda: answer(BODY + b"!", Content_Range=f"bytes 0-999/{len(BODY)}", ETag='"one"'))
    fetched = Fetched(ranged_more).run()
    assert (bytes(fetched.target.body), fetched.target.taken) == (BODY, len(BODY))
    more = Fetched(lambda *_: answer(BODY + b"!", 200))
    with pytest.raises(VerificationError) as refused:
        more.run()
    assert refused.value.message == f"Storage sent more than the {len(BODY)} bytes of the file."
    assert more.target.taken == len(BODY)


def test_progress_of_one_piece_is_told_range_by_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.client.network.storage.PIECE", 700)
    monkeypatch.setattr("longshore.client.progress.TELL_EVERY", 0.0)
    fetched = Fetched(lambda *_: answer(BODY, 200)).run()
    moved = [told.moved for told in fetched.told]
    assert [at for at in range(700, len(BODY), 700) if at not in moved] == []
    assert (moved, max(moved)) == (sorted(moved), len(BODY))
