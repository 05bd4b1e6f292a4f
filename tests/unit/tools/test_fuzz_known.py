"""Known ids that random requests use."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tools.fuzz.known import Known


def made() -> Known:
    known = Known()
    known.learn("createUser", {"id": "ann"})
    known.learn("createAppointment", {"id": "monday", "user_id": "ann"})
    return known


def test_three_of_four_requests_use_an_existing_id() -> None:
    known, used = made(), Counter[str]()
    for _ in range(8):
        values: dict[str, Any] = {"user_id": "nobody", "limit": 1}
        known.put_into(values)
        used[values["user_id"]] += 1
    assert used == {"ann": 6, "nobody": 2}
    known.forget(["ann"])
    values = {"user_id": "nobody"}
    for _ in range(4):
        known.put_into(values)
    assert values == {"user_id": "nobody"}


def test_an_appointment_exists_until_it_or_its_user_is_deleted() -> None:
    known = made()
    assert not known.should_be_there("tuesday")
    known.forget(["monday"])
    assert known.should_be_there("monday")
    known.forget(["monday"])
    assert not known.should_be_there("monday")
    known = made()
    known.forget(["ann"])
    assert not known.should_be_there("monday")
