"""Objects that are replaced: found by the sweeper's round, by promotion and by scans; what an operator can do then."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from service.db.models import File
from service.domain.files import replaced
from service.domain.files.replaced import REASON, REST
from service.domain.upkeep.orphans import PAGES
from service.domain.upkeep.sweep import sweep
from service.errors import StorageUnavailableError
from service.observability.metrics import REPLACED
from service.scanner import ScanFailedError
from service.values import ListedObject, Location
from tests.jobs.test_check import PRIVATE, PUBLIC, checked, flaw, place, ready, shown
from tests.jobs.test_quarantine import audits
from tests.jobs.test_scan import row
from tests.support.fakes import SIGNATURE
from tests.support.service_under_test import World


def overwrite(world: World, file: dict[str, Any], body: bytes = b"HELLO") -> str:
    return str(world.s3.put_object(**place(file), Body=body)["ETag"])


def next_round(world: World) -> int:
    """Files that the sweeper's next round through the public bucket withdraws."""
    world.clock.forward(REST.total_seconds())
    return sweep(world.deps).replaced


def test_the_sweeper_finds_what_was_replaced_in_the_public_bucket(world: World) -> None:
    files = [ready(world) for _ in range(3)]
    private = world.ready(credential={"pin": "1"})
    assert next_round(world) == 0
    counted = REPLACED._value.get()
    for file in (files[1], private):
        overwrite(world, file)
    assert next_round(world) == 1
    assert [shown(world, file) for file in files] == [
        ("clean", None, True),
        ("error", REASON, False),
        ("clean", None, True),
    ]
    assert REPLACED._value.get() == counted + 1
    assert world.queue.jobs[files[1]["id"]] == "queued"
    assert world.scan(files[1]["id"]) == "quarantined"
    assert next_round(world) == 0


def test_a_list_that_is_behind_withdraws_nothing(world: World) -> None:
    file = ready(world)
    late = [ListedObject(place(file)["Key"], 5, world.clock(), '"of before"')]
    with (
        patch.object(world.deps.storage, "objects_after", return_value=(late, None)),
        patch.object(world.deps.storage, "head", wraps=world.deps.storage.head) as looked,
    ):
        assert next_round(world) == 0
    assert looked.call_args_list[0].args == (Location(*file["path"].split("/", 1)),)


def test_a_step_looks_at_so_many_objects_and_the_next_goes_on_behind_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaced, "LOOKS", 2)
    files = [ready(world) for _ in range(5)]
    for file in files:
        overwrite(world, file)
    monkeypatch.setattr("service.domain.upkeep.orphans.PAGES", 1)
    found = [next_round(world)] + [sweep(world.deps).replaced for _ in range(3)]
    assert (found, PAGES > 1) == ([2, 2, 1, 0], True)


def test_with_storage_down_the_round_is_made_later(world: World) -> None:
    file = ready(world)
    overwrite(world, file)
    with patch.object(world.deps.storage, "head", side_effect=StorageUnavailableError):
        assert next_round(world) == 0
    assert shown(world, file) == ("clean", None, True)
    assert next_round(world) == 1


def test_one_object_that_storage_does_not_show_keeps_no_other_from_being_compared(world: World) -> None:
    files = sorted((ready(world) for _ in range(3)), key=lambda file: str(place(file)["Key"]))
    for file in files:
        overwrite(world, file)
    head = world.deps.storage.head
    with patch.object(world.deps.storage, "head") as asked:
        asked.side_effect = [StorageUnavailableError(), *[head(Location(*place(file).values())) for file in files[1:]]]
        assert next_round(world) == 2
    assert [shown(world, file)[0] for file in files] == ["clean", "error", "error"]
    assert next_round(world) == 1


def test_an_object_that_is_replaced_before_it_is_scanned_again(world: World) -> None:
    file = ready(world)
    overwrite(world, file)
    world.scanner.signatures = "2"
    with patch.object(world.deps.storage, "objects_after", return_value=([], None)):
        sweep(world.deps)
    assert world.scan(file["id"]) == "quarantined"
    assert shown(world, file) == ("error", REASON, False)


def test_an_object_that_is_replaced_between_its_verdict_and_its_copy(world: World) -> None:
    """moto copies whatever is there."""
    file = world.upload()
    copy = world.deps.storage.copy

    def replaced_before(*args: Any) -> str:
        if args[3].bucket == PUBLIC:
            overwrite(world, file)
        return copy(*args)

    with patch.object(world.deps.storage, "copy", replaced_before):
        assert world.scan(file["id"]) == "quarantined"
    assert (len(world.keys(PRIVATE)), world.keys(PUBLIC)) == (1, [])
    assert shown(world, file) == ("error", REASON, False)


def test_a_copy_that_is_replaced_before_it_is_recorded(world: World) -> None:
    file = world.upload()
    copy = world.deps.storage.copy

    def replaced_after(*args: Any) -> str:
        made = copy(*args)
        world.s3.put_object(Bucket=PUBLIC, Key=args[3].object_key, Body=b"HELLO")
        return made

    with patch.object(world.deps.storage, "copy", replaced_after):
        with pytest.raises(ScanFailedError, match="was replaced"):
            world.scan(file["id"])
    assert shown(world, file)[2] is False
    assert world.scan(file["id"]) == "clean"
    public = world.s3.get_object(Bucket=PUBLIC, Key=place(file)["Key"])
    assert (public["Body"].read(), public["ETag"]) == (b"hello", row(world, file["id"]).etag)


def test_what_replaces_a_virus_before_its_move_is_moved_too(world: World) -> None:
    file = world.upload(SIGNATURE)
    with patch.object(world.deps.storage, "copy", side_effect=StorageUnavailableError):
        with pytest.raises(StorageUnavailableError):
            world.scan(file["id"])
    overwrite(world, file, b"another")
    was, now = row(world, file["id"]).etag, world.s3.head_object(**place(file))["ETag"]
    assert world.scan(file["id"]) == "quarantined"
    assert world.keys(PRIVATE) == ["quarantine/" + place(file)["Key"]]
    assert audits(world, file["id"])[-2:] == [
        ("system", "replaced", f"ETag {was}, now {now}"),
        ("scanner", "quarantined", "The virus scanner found Fake-Virus."),
    ]


@pytest.mark.parametrize("what", ["infected", "error"])
def test_a_file_that_is_blocked_is_never_scanned(world: World, what: str) -> None:
    """Its status `error` is that of a failed scan too."""
    file = ready(world, SIGNATURE if what == "infected" else b"hello")
    if what == "error":
        overwrite(world, file)
        next_round(world)
    with patch.object(world.scanner, "scan", side_effect=AssertionError):
        world.scan(file["id"])
        world.scan(file["id"])
    assert world.status(file["id"]).json["data"]["stage"] == "quarantined"


@pytest.mark.parametrize("credential", [None, {"pin": "1"}], ids=["public", "private"])
def test_an_operator_may_take_what_is_there_and_it_is_scanned_first(
    world: World, credential: dict[str, str] | None
) -> None:
    file = world.ready(credential=credential)
    before = row(world, file["id"])
    world.s3.put_object(Bucket=before.bucket, Key=before.object_key, Body=b"HELLO")
    header = {"headers": {"X-File-Credential": '{"pin": "1"}'}}
    world.untrusted().get(file["id"], **header)
    assert [found.kind for found in checked(world, mark=True)] == ["replaced"]
    world.scan(file["id"])
    held = row(world, file["id"])
    shown_now = file | {"path": f"{held.bucket}/{held.object_key}"}
    assert checked(world) == [flaw(shown_now, "replaced", f"5 bytes, ETag {held.etag}")]

    assert checked(world, adopt=True) == [flaw(shown_now, "replaced", f"5 bytes, ETag {held.etag}", "to be scanned")]
    assert world.get(file["id"], **header).json["data"]["download_url"] is None
    assert world.scan(file["id"]) == "clean"
    assert checked(world) == []
    now = row(world, file["id"])
    assert (now.bucket, now.object_key, now.quarantine_reason) == (before.bucket, before.object_key, None)
    assert len(world.keys(PRIVATE) + world.keys(PUBLIC)) == 1


def test_an_object_of_another_size_is_not_taken(world: World) -> None:
    file = ready(world)
    overwrite(world, file, b"another size")
    next_round(world)
    world.scan(file["id"])
    assert [(found.kind, found.done) for found in checked(world, mark=True, adopt=True)] == [("replaced", None)]
    assert shown(world, file) == ("error", REASON, False)


def test_an_owner_who_deletes_it_leaves_nothing(world: World) -> None:
    file = ready(world)
    overwrite(world, file)
    next_round(world)
    world.scan(file["id"])
    assert world.client.delete(f"/api/v1/file/{file['id']}").status_code == 200
    assert (world.keys(PRIVATE), world.keys(PUBLIC), world.count(File)) == ([], [], 0)
