"""Turns of a round, leases of completions, open uploads, and quotas."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.db.models import Fact, Upload, Usage
from service.domain.accounts.quota import in_quota, reserve, reserve_new, reserve_up_to
from service.domain.records.positions import LEASE as TURN
from service.domain.records.positions import Round, end_turn, recall, take_turn
from service.domain.uploads.completion.claims import LEASE, _take_lease
from service.domain.uploads.open_uploads import refuse_unless_uploading
from service.domain.uploads.signing import url_seconds
from service.errors import (
    CompletionInProgressError,
    QuotaExceededError,
    TooManyUploadsError,
    UploadAbortedError,
    UploadCompletedError,
    UploadExpiredError,
)
from tests.support.service.rows import NOW, Parts, add, empty_database, upload
from tests.support.service_under_test import make_settings

SECOND = timedelta(seconds=1)


@pytest.fixture
def deps(tmp_path: Path) -> Iterator[Any]:
    for db in empty_database(tmp_path):
        yield Parts(make_settings(tmp_path, quota=10, max_open_uploads=2, url_ttl=100), db)


class TestRounds:
    def test_a_turn_belongs_to_one_process_until_its_lease_ends(self, deps: Any) -> None:
        turn = take_turn(deps, "a")
        assert turn == Round("a", NOW + TURN, turn and turn.token, {})
        assert recall(deps, "a", "b") == {"a": turn, "b": Round("b", recall(deps, "b")["b"].due_at, None, {})}
        assert take_turn(deps, "b") is not None
        deps.now += TURN - SECOND
        assert take_turn(deps, "a") is None
        deps.now += SECOND
        another = take_turn(deps, "a")
        assert another is not None
        assert another.token != turn.token

    def test_a_turns_result_is_stored_for_the_next_turn(self, deps: Any) -> None:
        turn = take_turn(deps, "a")
        assert deps.db.transact(end_turn, turn, {"after": "x"}, NOW + SECOND) is True
        assert recall(deps, "a") == {"a": Round("a", NOW + SECOND, None, {"after": "x"})}
        assert take_turn(deps, "a") is None
        deps.now += SECOND
        following = take_turn(deps, "a")
        assert following is not None
        assert following.memory == {"after": "x"}

    def test_an_overtaken_turn_writes_nothing(self, deps: Any) -> None:
        late = take_turn(deps, "a")
        deps.now += TURN
        take_turn(deps, "a")
        before = recall(deps, "a")
        assert deps.db.transact(end_turn, late, {"after": "x"}, NOW) is False
        assert recall(deps, "a") == before
        with deps.db.write() as session:
            session.delete(session.get_one(Fact, "a"))
        assert deps.db.transact(end_turn, late, {"after": "x"}, NOW) is False


@pytest.mark.parametrize(("left", "taken"), [(SECOND, False), (timedelta(0), True), (-SECOND, True)])
def test_a_completion_is_taken_over_when_its_lease_is_over(deps: Any, left: timedelta, taken: bool) -> None:
    row = upload("a", state="completing", completion={}, lease_until=NOW + left)
    add(deps.db, upload("a", state="completing", completion={}, lease_until=NOW + left))
    assert _take_lease(deps, row) is taken
    with deps.db.read() as session:
        assert session.get_one(Upload, "a").lease_until == (NOW + LEASE if taken else NOW + left)


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"expires_at": NOW + SECOND}, None),
        ({"expires_at": NOW + SECOND - timedelta(microseconds=1)}, UploadExpiredError),
        ({"storage_upload_id": None, "expires_at": NOW + SECOND}, UploadExpiredError),
        ({"state": "expired"}, UploadExpiredError),
        ({"state": "completed"}, UploadCompletedError),
        ({"state": "completing"}, CompletionInProgressError),
        ({"state": "aborted", "failure_reason": "why"}, UploadAbortedError),
    ],
)
def test_an_upload_accepts_chunks_while_it_is_open(row: dict[str, Any], error: type[Exception] | None) -> None:
    one = upload("a", **{"storage_upload_id": "s"} | row)
    if error is None:
        refuse_unless_uploading(one, NOW)
        return
    with pytest.raises(error) as refused:
        refuse_unless_uploading(one, NOW)
    assert ("why" in str(refused.value)) is (error is UploadAbortedError)


@pytest.mark.parametrize(("left", "seconds"), [(99.9, 99), (100, 100), (101, 100), (1.5, 1), (0.5, 1), (-5, 1)])
def test_a_url_expires_no_later_than_its_upload(deps: Any, left: float, seconds: int) -> None:
    assert url_seconds(deps, upload("a", expires_at=NOW + left * SECOND)) == seconds


class TestQuota:
    def used(self, deps: Any) -> int:
        with deps.db.read() as session:
            return session.get_one(Usage, "ann").bytes

    def test_a_new_subject_gets_a_usage_counter(self, deps: Any) -> None:
        in_quota(deps, "ann", lambda session: reserve(session, deps, "ann", 10))
        assert self.used(deps) == 10
        with pytest.raises(QuotaExceededError) as refused:
            in_quota(deps, "ann", lambda session: reserve(session, deps, "ann", 1))
        assert str(refused.value) == str(QuotaExceededError(10, 10, 1))
        in_quota(deps, "ann", lambda session: reserve(session, deps, "ann", -4))
        with pytest.raises(QuotaExceededError):
            in_quota(deps, "ann", lambda session: reserve(session, deps, "ann", 0, room=5))
        in_quota(deps, "ann", lambda session: reserve(session, deps, "ann", 0, room=4))
        in_quota(deps, None, lambda session: reserve(session, deps, None, 99))
        assert self.used(deps) == 6

    @pytest.mark.parametrize(("size", "fits"), [(4, True), (5, False), (0, True), (None, True)])
    def test_a_new_upload_must_fit_into_the_quota(self, deps: Any, size: int | None, fits: bool) -> None:
        add(deps.db, Usage(subject="ann", bytes=6))
        new = upload("a", owner="ann", size=size, reserved=size or 0)
        if fits:
            in_quota(deps, "ann", lambda session: reserve_new(session, deps, new))
        else:
            with pytest.raises(QuotaExceededError):
                in_quota(deps, "ann", lambda session: reserve_new(session, deps, new))
        assert self.used(deps) == 6 + ((size or 0) if fits else 0)

    def test_an_upload_of_unknown_size_requires_one_free_byte(self, deps: Any) -> None:
        add(deps.db, Usage(subject="ann", bytes=10))
        new = upload("a", owner="ann", size=None, reserved=0)
        with pytest.raises(QuotaExceededError):
            in_quota(deps, "ann", lambda session: reserve_new(session, deps, new))

    def test_the_number_of_open_uploads_is_limited(self, deps: Any) -> None:
        add(deps.db, Usage(subject="ann", bytes=0), upload("a", owner="ann"), upload("b", owner="ann"))
        with pytest.raises(TooManyUploadsError) as refused:
            in_quota(deps, "ann", lambda session: reserve_new(session, deps, upload("c", owner="ann", reserved=1)))
        assert str(refused.value).startswith("You have 2 open uploads,")
        assert self.used(deps) == 0

    @pytest.mark.parametrize(("end", "reserved"), [(4, 5), (5, 5), (6, 6)])
    def test_an_upload_reserves_the_signed_bytes_and_never_fewer(self, deps: Any, end: int, reserved: int) -> None:
        add(deps.db, Usage(subject="ann", bytes=5), upload("a", owner="ann", reserved=5))
        in_quota(deps, "ann", lambda session: reserve_up_to(session, deps, session.get_one(Upload, "a"), end))
        with deps.db.read() as session:
            assert session.get_one(Upload, "a").reserved == self.used(deps) == reserved
