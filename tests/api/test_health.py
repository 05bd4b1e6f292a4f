"""Health: each dependency by name, and 503 only where nothing can be answered."""

from __future__ import annotations

from tests.matchers import failure, success
from tests.world import FILE, World, rebuilt

READY = {"database": "ok", "storage": "ok", "redis": "ok", "scanner": "ok"}


def test_all_is_well(world: World) -> None:
    assert world.client.get("/api/health/live").json == success({"live": True})
    assert world.client.get("/api/health/ready").json == success(READY)


def test_redis_and_the_scanner_may_be_down(world: World) -> None:
    world.queue.down = world.scanner.down = True
    answer = world.client.get("/api/health/ready")
    assert (answer.status_code, answer.json) == (200, success(READY | {"redis": "down", "scanner": "down"}))


def test_storage_may_not(world: World) -> None:
    answer = world.without_storage().client.get("/api/health/ready")
    errors = ["[database] ok", "[storage] down", "[redis] ok", "[scanner] ok"]
    assert (answer.status_code, answer.json) == (503, failure("not_ready", *errors))


def test_the_database_may_not(world: World) -> None:
    answer = world.without_database().client.get("/api/health/ready")
    assert (answer.status_code, answer.json["errors"][0]) == (503, "[database] down")


def test_a_bucket_that_is_not_there_is_down(world: World) -> None:
    answer = world.with_settings(s3_private_bucket="nope").client.get("/api/health/ready/")
    assert (answer.status_code, answer.json["errors"][1]) == (503, "[storage] no bucket nope")


def test_the_scanner(world: World) -> None:
    path = f"{FILE}/virus-scanner/health"
    assert world.client.get(path).json == success(
        {"status": "ok", "engine": "Fake 1.0", "signatures": "1", "max_size": 1024, "advice": []}
    )
    world.scanner.down = True
    answer = world.client.get(path)
    assert (answer.status_code, answer.json) == (503, failure("scanner_unavailable"))


def test_scanning_is_off(world: World) -> None:
    off = rebuilt(world, scanner=None)
    path = f"{FILE}/virus-scanner/health"
    assert off.client.get(path).json["data"] == {
        "status": "off",
        "engine": None,
        "signatures": None,
        "max_size": None,
        "advice": [],
    }
    assert off.client.get("/api/health/ready").json == success(READY | {"scanner": "off"})
    file = off.ready()
    shown = off.get(file["id"]).json["data"]
    assert (shown["virus_scan_status"], shown["download_url"] is not None) == ("disabled", True)
