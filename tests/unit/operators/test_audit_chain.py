"""The chain of the audit log: every removed, added or changed entry is detected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.db.models import Audit, Fact
from service.db.session import Database
from service.db.statements.operators.audits import forget_changes, sealed_after
from service.domain.operators import audit_log
from service.domain.operators.audit_log import export_audit, verify_audit
from service.domain.records import audit
from service.domain.upkeep import audit_chain
from service.domain.upkeep.audit_chain import delete_old_entries, ends_of_chain, seal_entries
from service.errors import InvalidBodyError
from service.values.operators.audit import GENESIS, Action, Actor, AuditFilter, Changes, Flawed, Link, Verification
from tests.support.service.rows import NOW, Parts, empty_database

ANN = Actor("ann", "3f9a0c1d2e4b", "192.0.2.7")
COUNT = 6


@pytest.fixture
def deps(tmp_path: Path) -> Iterator[Parts]:
    """A sealed log: entries of six days, the last one of NOW; every second one has changes."""
    for db in empty_database(tmp_path):
        made = Parts(SimpleNamespace(audit_days=0), db)
        for number in range(COUNT):
            add(db, number)
        assert seal_entries(made, 4, 10) == COUNT
        yield made


def add(db: Database, number: int) -> None:
    values = Changes({"filename": "a"}, {"filename": f"b{number}", "expires_at": NOW}) if number % 2 else None
    at = NOW - timedelta(days=COUNT - 1 - number)
    with db.write() as session:
        audit.record(session, at, ANN, Action.CHANGED, f"{number}" * 36, "why", values)


def at(deps: Parts, sequence: int) -> Link:
    with deps.db.read() as session:
        return Link(sequence, session.scalars(select(Audit.seal).where(Audit.sequence == sequence)).one())


def flaws(deps: Parts, head: Link | None = None) -> list[Flawed]:
    found = verify_audit(deps, None, head)
    assert found.is_complete
    return list(found.flaws)


def change(deps: Parts, statement: object) -> None:
    with deps.db.write() as session:
        session.execute(statement)  # type: ignore[call-overload]


def test_an_untouched_log_has_no_flaws(deps: Parts) -> None:
    found = verify_audit(deps, None)
    assert found == Verification(COUNT, 0, at(deps, COUNT), True, 0, ())


@pytest.mark.parametrize(
    "values",
    [
        {"actor": "ben"},
        {"reason": None},
        {"owner": "eve"},
        {"target_id": "x" * 36},
        {"address": "192.0.2.8"},
        {"key_prefix": None},
        {"action": "deleted"},
        {"request_id": "another-one"},
        {"at": NOW},
        {"changes_digest": "0" * 64},
    ],
)
def test_a_changed_value_of_an_entry_is_detected(deps: Parts, values: dict[str, object]) -> None:
    change(deps, update(Audit).where(Audit.sequence == 3).values(**values))
    assert flaws(deps) == [Flawed(3, "it or the entry before it was changed")]


def test_altered_changes_of_an_entry_are_detected(deps: Parts) -> None:
    change(deps, update(Audit).where(Audit.sequence == 2).values(changes=Changes({}, {}).stored()))
    assert flaws(deps) == [Flawed(2, "its changes were changed")]


@pytest.mark.parametrize(
    ("sequence", "problem"),
    [
        (1, Flawed(2, "1 entries before it were removed")),
        (3, Flawed(4, "1 entries before it were removed")),
        (COUNT, Flawed(COUNT, f"the last entry should be {COUNT}, and is {COUNT - 1}")),
    ],
)
def test_a_removed_entry_is_detected(deps: Parts, sequence: int, problem: Flawed) -> None:
    change(deps, delete(Audit).where(Audit.sequence == sequence))
    assert flaws(deps) == [problem]


def test_an_added_entry_is_detected(deps: Parts) -> None:
    row = {"at": NOW, "actor": "eve", "action": "deleted", "sequence": COUNT + 1, "seal": "0" * 64}
    with deps.db.write() as session:
        session.add(Audit(**row))
    assert flaws(deps)[0] == Flawed(COUNT + 1, "it or the entry before it was changed")


def test_a_resealed_log_is_detected_only_by_a_noted_head(deps: Parts) -> None:
    noted = at(deps, 5)
    change(deps, update(Audit).values(sequence=None, seal=None, actor="eve"))
    change(deps, delete(Fact))
    seal_entries(deps, 10, 1)
    assert flaws(deps) == []
    assert flaws(deps, noted) == [
        Flawed(5, "it does not have the seal that was noted: entries up to it were rewritten")
    ]


def test_a_log_cut_at_its_end_is_detected_only_by_a_noted_head(deps: Parts) -> None:
    noted = at(deps, COUNT)
    change(deps, delete(Audit).where(Audit.sequence > 2))
    end = at(deps, 2)
    change(deps, update(Fact).where(Fact.name == audit_chain.HEAD).values(value=vars(end)))
    assert (flaws(deps), flaws(deps, noted)) == (
        [],
        [Flawed(COUNT, "the entry that was noted does not exist any more")],
    )


def test_old_entries_are_deleted_from_the_beginning(deps: Parts) -> None:
    noted = at(deps, 2)
    deps.settings.audit_days = 3
    assert [delete_old_entries(deps, limit) for limit in (1, 10, 10)] == [1, 1, 0]
    assert [entry.sequence for entry in export_audit(deps, AuditFilter())] == [6, 5, 4, 3]
    assert (flaws(deps), flaws(deps, noted), flaws(deps, at(deps, 3))) == ([], [], [])
    assert verify_audit(deps, None).deleted == 2
    with pytest.raises(InvalidBodyError, match="not valid"):
        verify_audit(deps, Link(1, GENESIS))


def test_an_entry_that_is_not_sealed_is_never_deleted(deps: Parts) -> None:
    deps.settings.audit_days = 1
    with deps.db.write() as session:
        audit.record(session, NOW - timedelta(days=99), ANN, Action.DELETED, None)
    assert delete_old_entries(deps, 100) == COUNT - 2
    assert verify_audit(deps, None).unsealed == 1


def test_a_persons_changes_are_removed_and_the_chain_stays_valid(deps: Parts) -> None:
    with deps.db.write() as session:
        forget_changes(session, [f"{number}" * 36 for number in range(COUNT)])
    assert flaws(deps) == []
    assert {entry.changes for entry in export_audit(deps, AuditFilter())} == {None}


def test_the_check_continues_after_the_last_checked_entry(deps: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "CHECKED_AT_ONCE", 4)
    first = verify_audit(deps, None)
    second = verify_audit(deps, first.last)
    assert [(each.checked, each.is_complete, each.flaws) for each in (first, second)] == [(4, False, ()), (2, True, ())]


def test_two_sweepers_seal_one_chain(deps: Parts) -> None:
    """The second one starts from the head that the first one wrote, whatever it read before."""
    for number in range(COUNT, COUNT + 4):
        add(deps.db, number)
    assert [seal_entries(deps, 2, 1), seal_entries(deps, 2, 1), seal_entries(deps, 2, 1)] == [2, 2, 0]
    assert flaws(deps) == []


def test_an_exported_entry_has_every_field(deps: Parts) -> None:
    [entry] = export_audit(deps, AuditFilter(target_id="5" * 36))
    assert vars(entry) == {
        "at": NOW,
        "actor": "ann",
        "action": "changed",
        "target_id": "5" * 36,
        "key_prefix": "3f9a0c1d2e4b",
        "address": "192.0.2.7",
        "owner": None,
        "reason": "why",
        "request_id": entry.request_id,
        "changes": Changes({"filename": "a"}, {"filename": "b5", "expires_at": "2026-01-02T03:04:05.000678+00:00"}),
        "changes_digest": entry.changes_digest,
        "sequence": COUNT,
        "seal": at(deps, COUNT).seal,
    }


@pytest.fixture
def meanwhile(deps: Parts, monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """Work that sweepers do after the ends of the chain were read; each read sees it, as on MySQL."""
    work: list[Callable[[], object]] = []

    def ends(_session: Session) -> tuple[Link, Link]:
        with deps.db.read() as own:
            return ends_of_chain(own)

    def entries(_session: Session, sequence: int, limit: int) -> Sequence[Audit]:
        for each in work:
            each()
        with deps.db.read() as own:
            return sealed_after(own, sequence, limit)

    monkeypatch.setattr(audit_log, "ends_of_chain", ends)
    monkeypatch.setattr(audit_log, "sealed_after", entries)
    return work


def test_entries_sealed_during_a_check_are_no_flaw(deps: Parts, meanwhile: list[Callable[[], object]]) -> None:
    add(deps.db, COUNT)
    meanwhile.append(lambda: seal_entries(deps, 10, 1))
    found = verify_audit(deps, None)
    assert (found.checked, found.flaws) == (COUNT + 1, ())


def test_entries_deleted_during_a_check_are_no_flaw(deps: Parts, meanwhile: list[Callable[[], object]]) -> None:
    first, second = at(deps, 1), at(deps, 2)
    deps.settings.audit_days = 3
    meanwhile.append(lambda: delete_old_entries(deps, 10))
    for after in (None, second):
        found = verify_audit(deps, after)
        assert (found.checked, found.deleted, found.flaws) == (COUNT - 2, 2, ())
    with pytest.raises(InvalidBodyError, match="not valid"):
        verify_audit(deps, first)


def test_an_added_entry_with_a_valid_seal_is_detected(deps: Parts) -> None:
    add(deps.db, COUNT)
    [row] = export_audit(deps, AuditFilter(target_id=f"{COUNT}" * 36))
    seal = row.sealed_after(at(deps, COUNT).seal, COUNT + 1)
    change(deps, update(Audit).where(Audit.sequence.is_(None)).values(sequence=COUNT + 1, seal=seal))
    assert flaws(deps) == [Flawed(COUNT, f"the last entry should be {COUNT}, and is {COUNT + 1}")]
