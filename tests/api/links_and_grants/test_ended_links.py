"""Links that end with their file or subject or expire, and their deletion by the sweeper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from service.db.models import Audit, File, Link
from service.domain.changes.erase_subject import erase_subject
from service.domain.upkeep.sweep import sweep
from service.limits import MAX_LINK_TTL
from service.values import ScanVerdict
from service.values.access.caller import Scope
from tests.support.fakes import FakeClock
from tests.support.login import login
from tests.support.matchers import failure
from tests.support.service.links import GONE, UNKNOWN_ID, ended, link, links_of, of_ann, opened, shown
from tests.support.service.outcomes import outcome
from tests.support.service_under_test import FILE, App


@pytest.mark.parametrize("verdict", ["infected", "unscannable"])
def test_a_link_to_a_blocked_file_returns_410(ann: App, verdict: str) -> None:
    file = ann.upload()
    made = link(ann, file["id"])
    ann.scanner.says = ScanVerdict(verdict, "Eicar")
    ann.scan(file["id"])
    assert outcome(opened(ann, made)) == GONE
    assert outcome(ann.client.post(links_of(file["id"]), json={})) == GONE


def test_a_link_to_a_replaced_object_returns_410(ann: App) -> None:
    file = ann.ready()
    made = link(ann, file["id"])
    with ann.deps.db.read() as session:
        row = session.get_one(File, file["id"])
    ann.s3.put_object(Bucket=row.bucket, Key=row.object_key, Body=b"other")
    assert outcome(opened(ann.untrusted(), made)) == GONE


def test_a_link_to_a_deleted_file_returns_410_at_once(ann: App) -> None:
    file = ann.ready()
    made, revoked = link(ann, file["id"], password="seven seas"), link(ann, file["id"])
    ann.client.delete(links_of(file["id"], revoked["link_id"]))
    assert ann.client.delete(f"{FILE}/{file['id']}").status_code == 200
    for each in (made, revoked):
        assert outcome(opened(ann, each)) == GONE
    for answer in (ann.client.get(f"{FILE}/content/{file['id']}"), ann.client.get(links_of(file["id"]))):
        assert outcome(answer) == GONE
    bob = login(ann, "bob")
    assert outcome(bob.client.get(f"{FILE}/content/{file['id']}")) == (404, failure("file_not_found"))
    with ann.deps.db.read() as session:
        left = [(row.password_hash, row.created_by) for row in session.scalars(select(Link))]
    assert left == [(None, None)] * 2


def test_the_owner_and_admin_get_410_for_a_deleted_file(ann: App) -> None:
    """Another subject gets 404; without the database the response is 503, not 404."""
    root = login(ann, "root", Scope.ADMIN)
    by_admin, by_time = ann.ready(), ann.ready()
    root.client.delete(f"{FILE}/{by_admin['id']}")
    with ann.deps.db.write() as session:
        session.get_one(File, by_time["id"]).expires_at = ann.clock()
    ann.clock.forward(1)
    sweep(ann.deps)
    for file in (by_admin, by_time):
        for who in (ann, root):
            assert outcome(who.client.get(f"{FILE}/content/{file['id']}")) == GONE
        assert login(ann, "bob").client.get(f"{FILE}/content/{file['id']}").status_code == 404
    down = ann.with_settings(login="off").without_database()
    assert down.client.get(f"{FILE}/content/{by_time['id']}").status_code == 503
    assert outcome(ann.client.get(f"{FILE}/content/{UNKNOWN_ID}")) == (404, failure("file_not_found"))


def test_a_file_that_is_being_uploaded_is_not_ready(ann: App) -> None:
    started = ann.init(size=5)
    path = f"{FILE}/content/{started['file_id']}"
    assert outcome(ann.client.get(path)) == (409, failure("file_not_ready"))
    assert outcome(login(ann, "bob").client.get(path)) == (404, failure("file_not_found"))
    ann.client.delete(f"{FILE}/upload/{started['upload_id']}")
    assert outcome(ann.client.get(path)) == (404, failure("file_not_found"))


def test_a_link_ends_when_its_file_expires(ann: App) -> None:
    file = ann.ready()
    made = link(ann, file["id"], expires_in=3600)
    with ann.deps.db.write() as session:
        session.get_one(File, file["id"]).expires_at = ann.clock() + timedelta(seconds=60)
    assert "X-Amz-Expires=60&" in opened(ann, made).location
    ann.clock.forward(60)
    assert outcome(opened(ann, made)) == GONE


def test_a_clock_that_jumps_ends_no_link_permanently(ann: App) -> None:
    right = ann.clock.now = datetime.now(UTC)  # the database's clock
    made = link(ann, ann.ready()["id"], max_downloads=2)
    assert opened(ann, made).status_code == 302
    for moved in (timedelta(days=400), timedelta(seconds=7 * 24 * 3600 - 0.5)):
        ann.clock.now = right + moved
        assert outcome(opened(ann, made)) == ended("expired")
        assert sweep(ann.deps).forgotten_links == 0
    ann.clock.now = right - timedelta(days=400)
    assert opened(ann, made).status_code == 302
    ann.clock.now = right
    assert outcome(opened(ann, made)) == ended("used_up")


def test_the_sweeper_deletes_links_that_ended_some_weeks_ago(app: App) -> None:
    old = of_ann(app)
    old.clock.now = FakeClock().now - timedelta(days=800)
    file = old.ready()
    made = [link(old, file["id"], expires_in=seconds) for seconds in (60, MAX_LINK_TTL, MAX_LINK_TTL)]
    old.client.delete(links_of(file["id"], made[1]["link_id"]))
    old.clock.forward(29 * 24 * 3600)
    assert sweep(old.deps).forgotten_links == 0
    old.clock.forward(2 * 24 * 3600)
    assert sweep(old.deps).forgotten_links == 2
    assert [each["state"] for each in shown(old, file["id"])] == ["active"]


def test_erasing_a_subject_ends_its_links(ann: App) -> None:
    """Also those of a file that a legal hold keeps, and those that it created to files of others."""
    files = [ann.ready(), ann.ready()]
    made = [link(ann, file["id"]) for file in files]
    theirs = login(ann, "bob").ready()
    made.append(link(login(ann, "ann", Scope.ADMIN), theirs["id"]))
    with ann.deps.db.write() as session:
        session.get_one(File, files[1]["id"]).legal_hold = True
    assert sum(step.links for step in erase_subject(ann.deps, "ann", "case 4711")) == 3
    assert [outcome(opened(ann, each)) for each in made] == [GONE, ended("revoked"), ended("revoked")]
    with ann.deps.db.read() as session:
        assert {row.created_by for row in session.scalars(select(Link))} == {None}
        assert {row.owner for row in session.scalars(select(Audit))} == {None}
