"""The choice of parts that `./dev up` runs itself, and of those that the environment replaces."""

import pytest

from tools.stack import embedded, examples
from tools.stack.embedded import choose, shown
from tools.stack.processes.part import PartError
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.redis import Redis
from tools.stack.stores.minio import Minio
from tools.stack.stores.swift import Swift

OWN = ["http://127.0.0.1:8000", "http://localhost:8000"]
EXAMPLES = [f"http://127.0.0.1:{port}" for port in range(8008, 8013)]
"""The examples, and the manual with its demos."""


@pytest.fixture(autouse=True)
def _a_machine_with_clamd_and_no_minio(monkeypatch):
    monkeypatch.setattr(Clamd, "available", classmethod(lambda _cls: None))
    monkeypatch.setattr(Minio, "available", classmethod(lambda _cls: "no minio"))


def test_dev_up_runs_all_parts_by_default(tmp_path):
    stack = choose(tmp_path, 8000, {})
    assert [type(part) for part in stack.parts] == [Redis, Swift, Clamd]
    assert stack.settings["S3_ENDPOINT_URL"] == stack.settings["S3_PUBLIC_ENDPOINT_URL"] == "http://127.0.0.1:8001"
    assert stack.settings["CORS_ORIGINS"].split(",") == [*OWN, *EXAMPLES]
    assert stack.settings["DATABASE_URL"] == f"sqlite:///{tmp_path}/longshore.sqlite3"
    assert set(stack.lines) == {"redis", "s3", "clamd", "database", "login"}


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ({}, [*OWN, *EXAMPLES]),
        (
            {"CORS_ORIGINS": "http://localhost:5173, https://app.example/"},
            [*OWN, "http://localhost:5173", "https://app.example"],
        ),
        ({"CORS_ORIGINS": "*"}, ["*"]),
    ],
)
@pytest.mark.parametrize("has_minio", [False, True])
def test_storage_allows_the_same_origins_as_the_service(tmp_path, monkeypatch, given, allowed, has_minio):
    if has_minio:
        monkeypatch.setattr(Minio, "available", classmethod(lambda _cls: None))
    storage = choose(tmp_path, 8000, given).parts[1]
    assert (type(storage), storage.origins) == (Minio if has_minio else Swift, allowed)


def test_secrets_are_kept_in_the_data_directory(tmp_path):
    first, second = (choose(tmp_path, port, {}).settings for port in (8000, 9000))
    for name in ("SECRET_KEY", "S3_ACCESS_KEY", "S3_SECRET_KEY"):
        assert first[name] == second[name]


def test_no_two_parts_use_the_same_port(tmp_path):
    ports = [port for part in choose(tmp_path, 8000, {}).parts for port in part.ports().values()]
    ports += [8000 + example.offset for example in examples.EXAMPLES.values()]
    ports.append(8000 + examples.DOCS_OFFSET)
    assert len(set(ports)) == len(ports)
    assert 8000 not in ports


GIVEN = {
    "S3_ENDPOINT_URL": "https://s3.example.test",
    "S3_ACCESS_KEY": "AKIDEXAMPLE",
    "S3_SECRET_KEY": "s3-secret",
    "DATABASE_URL": "mysql+pymysql://me:db-secret@db.example.test/longshore?ssl_key=db-secret",
    "REDIS_URL": "redis://:redis-secret@redis.example.test:6379/1?password=redis-secret",
    "CLAMD_URL": "tcp://clamd.example.test:3310",
}


def test_given_settings_replace_the_embedded_parts(tmp_path):
    stack = choose(tmp_path, 8000, GIVEN)
    assert stack.parts == []
    # The service reads these from the environment, which must not be overruled.
    assert not set(GIVEN) & set(stack.settings)


def test_given_secrets_are_never_shown(tmp_path):
    lines = "\n".join(choose(tmp_path, 8000, GIVEN).lines.values())
    assert "secret" not in lines
    assert "redis://redis.example.test:6379/1, from REDIS_URL" in lines


def test_generated_secrets_are_never_shown(tmp_path):
    stack = choose(tmp_path, 8000, {})
    lines = "\n".join(stack.lines.values())
    assert not [name for name in ("SECRET_KEY", "S3_SECRET_KEY", "S3_ACCESS_KEY") if stack.settings[name] in lines]


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("redis://user:pass@[::1]:6379/0", "redis://[::1]:6379/0"),
        ("sqlite:////srv/a.sqlite3", "sqlite:////srv/a.sqlite3"),
        ("unix:///run/clamd.ctl", "unix:///run/clamd.ctl"),
        ("mysql+pymysql://me:p%40ss@db/x", "mysql+pymysql://db/x"),
    ],
)
def test_shown_addresses_contain_no_secrets(url, text):
    assert shown(url) == text


def test_a_given_storage_requires_its_keys(tmp_path):
    with pytest.raises(PartError, match="S3_ACCESS_KEY and S3_SECRET_KEY"):
        choose(tmp_path, 8000, {"S3_ENDPOINT_URL": "https://s3.example.test"})


def test_a_given_storage_with_a_role_needs_no_keys(tmp_path):
    given = {"S3_ENDPOINT_URL": "https://s3.example.test", "S3_CREDENTIALS": "aws"}
    assert "S3_ACCESS_KEY" not in choose(tmp_path, 8000, given).settings


def test_a_missing_clamd_turns_scanning_off_and_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(Clamd, "available", classmethod(lambda _cls: "no clamd here (apt install clamav-daemon)"))
    stack = choose(tmp_path, 8000, {})
    assert stack.settings["CLAMD_URL"] == "off"
    assert "OFF" in stack.lines["clamd"]
    assert "apt install clamav-daemon" in stack.lines["clamd"]


def test_a_missing_redis_is_an_error_with_advice(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded.Redis, "available", classmethod(lambda _cls: "no redis-server here"))
    with pytest.raises(PartError, match="Install redis-server, or set REDIS_URL"):
        choose(tmp_path, 8000, {})


def test_minio_is_preferred_but_files_stay_with_the_server_that_wrote_them(tmp_path, monkeypatch):
    monkeypatch.setattr(Minio, "available", classmethod(lambda _cls: None))
    assert isinstance(choose(tmp_path / "new", 8000, {}).parts[1], Minio)
    (tmp_path / "old" / "swift").mkdir(parents=True)
    assert isinstance(choose(tmp_path / "old", 8000, {}).parts[1], Swift)


@pytest.mark.parametrize(("given", "word"), [({}, "OFF"), ({"LOGIN": "off"}, "OFF"), ({"LOGIN": "on"}, "on;")])
def test_the_summary_shows_whether_a_login_is_required(tmp_path, given, word):
    assert choose(tmp_path, 8000, given).lines["login"].startswith(word)
