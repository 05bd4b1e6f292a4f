"""Stops of the Python client, and threads that end together."""

from __future__ import annotations

import threading

import pytest

from longshore.client import Stop
from longshore.client.errors import StoppedError
from longshore.client.stopping import run_together


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


def test_hanging_work_is_abandoned_after_the_grace_period() -> None:
    release, stop = threading.Event(), Stop()

    def hangs(_stop: Stop) -> None:
        stop.set()
        release.wait(60)

    with pytest.raises(StoppedError):
        run_together([hangs], stop, grace=0.0)
    release.set()
