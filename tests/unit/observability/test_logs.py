"""Logs: one object a line with real fields, one shape of call everywhere, and never a secret."""

from __future__ import annotations

import ast
import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime

import pytest
import urllib3
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from service.db.session import make_engine
from service.observability import request_ids
from service.observability.logs import LONGEST, JsonFormatter, TextFormatter, get_logger
from service.observability.redaction import known_secrets, scrub
from tests.support.matchers import A_TIME, Like
from tests.support.service.checked_names import EVENT
from tests.support.service.logged_secrets import API_KEY, JWT, KNOWN, LINK, PIN, PRESIGNED, SECRETS, SIGNATURE
from tools.programs import ROOT

LEVELS = {"debug", "info", "warning", "error", "exception"}


def line(form: type[JsonFormatter] | type[TextFormatter], event: str, *, error: bool = False, **keys: object) -> str:
    """Return the written line of an event."""
    logger, handler = logging.getLogger("service.x"), Lines(form(known_secrets(KNOWN)))
    logger.addHandler(handler)
    try:
        get_logger("service.x").warning(event, exc_info=error, **keys)
    finally:
        logger.removeHandler(handler)
    [written] = handler.written
    return written


class Lines(logging.Handler):
    """Keep the formatted records."""

    def __init__(self, form: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(form)
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(self.format(record))


def library_line(form: type[JsonFormatter], message: str) -> str:
    """Return the written line of a library's message."""
    return form(known_secrets(KNOWN)).format(
        logging.LogRecord("service.x", logging.WARNING, "x.py", 1, message, (), None)
    )


@pytest.fixture
def request_id() -> Iterator[str]:
    yield request_ids.begin("a-request-id")
    request_ids._current.set(None)


def test_an_event_is_one_json_object_with_its_fields(request_id: str) -> None:
    written = line(JsonFormatter, "file_recorded", file_id="an-id", size=5, parts=[1, None, "x"])
    assert json.loads(written) == {
        "time": A_TIME,
        "level": "warning",
        "logger": "service.x",
        "event": "file_recorded",
        "file_id": "an-id",
        "size": 5,
        "parts": [1, None, "x"],
        "request_id": request_id,
    }
    assert datetime.fromisoformat(json.loads(written)["time"]).tzinfo is not None


def test_an_event_is_one_line_of_text(request_id: str) -> None:
    written = line(TextFormatter, "file_recorded", file_id="an-id", size=5)
    assert written == Like(
        rf"{A_TIME.pattern} WARNING service.x file_recorded file_id=an-id size=5 request_id={request_id}"
    )


@pytest.mark.parametrize("message", ["100% of it", "Found credentials in: environment", "no_args key=%s"])
def test_a_librarys_message_becomes_the_event(message: str) -> None:
    assert json.loads(library_line(JsonFormatter, message)) == {
        "time": A_TIME,
        "level": "warning",
        "logger": "service.x",
        "event": message,
    }


@pytest.mark.parametrize("form", [JsonFormatter, TextFormatter])
def test_line_breaks_in_values_cannot_forge_a_log_line(form: type[JsonFormatter]) -> None:
    assert "\n" not in line(form, "asked", path="/x\n2026-01-01T00:00:00Z ERROR forged\r")


@pytest.mark.parametrize("form", [TextFormatter, JsonFormatter])
def test_a_long_value_is_cut(form: type[JsonFormatter]) -> None:
    assert LONGEST < len(line(form, "storage_refused", cause="x" * 100_000)) < LONGEST + 200


def test_a_traceback_is_a_field_of_its_event() -> None:
    try:
        raise ValueError("the reason")
    except ValueError:
        written = json.loads(line(JsonFormatter, "it_failed", error=True))
    assert written["traceback"] == Like(r"Traceback .*ValueError: the reason")


def test_every_log_call_has_an_event_name_and_fields() -> None:
    """`log.info("event_name", key=value)`: words in between would be no fields."""
    wrong = []
    for file in (*ROOT.glob("service/**/*.py"), *ROOT.glob("jobs/*.py"), *ROOT.glob("migrations/*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"log.{level}" for level in LEVELS}:
                match node.args:
                    case [ast.Constant(value=str(event))] if EVENT.fullmatch(event):
                        continue
                wrong.append(f"{file.name}:{node.lineno}")
    assert wrong == []


def aws_refusal() -> None:
    raise ClientError({"Error": {"Code": "SignatureDoesNotMatch", "Message": PRESIGNED}}, "PutObject")


def aws_unreachable() -> None:
    raise EndpointConnectionError(endpoint_url=PRESIGNED)


def aws_broken() -> None:
    request = AWSRequest("GET", PRESIGNED, headers={"Authorization": f"AWS4-HMAC-SHA256 Signature={SIGNATURE}"})
    raise HTTPClientError(error=f"{request.url} {dict(request.headers)}")


def storage_unreachable() -> None:
    urllib3.request("PUT", PRESIGNED.replace("s3:9000", "127.0.0.1:9"), retries=0)


def redis_unreachable() -> None:
    Redis.from_url("redis://:redis-password@127.0.0.1:9/0").ping()


def redis_refuses() -> None:
    raise RedisError("AUTH failed for redis://:redis-password@queue:6379/0 password=hunter22")


def a_row_is_refused() -> None:
    engine = make_engine("sqlite://")
    with ExitStack() as at_end, engine.begin() as connection:
        at_end.callback(engine.dispose)
        connection.execute(text("CREATE TABLE t (hash TEXT UNIQUE)"))
        for _ in range(2):
            connection.execute(text("INSERT INTO t VALUES (:hash)"), {"hash": PIN})


def a_database_is_unreachable() -> None:
    make_engine("mysql+pymysql://harbour:pa%40ssword@127.0.0.1:9/longshore").connect()


def a_statement_names_it() -> None:
    raise IntegrityError(f"INSERT {KNOWN['DATABASE_URL']}", {}, Exception(f"token={JWT}"))


FAILURES = [
    *(aws_refusal, aws_unreachable, aws_broken, storage_unreachable, redis_unreachable, redis_refuses),
    *(a_row_is_refused, a_database_is_unreachable, a_statement_names_it),
]


@pytest.mark.parametrize("form", [JsonFormatter, TextFormatter])
@pytest.mark.parametrize("fail", FAILURES)
def test_a_logged_failure_contains_no_secret(fail: object, form: type[JsonFormatter]) -> None:
    try:
        fail()  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001 - whatever it is
        output = line(form, "it_failed", cause=repr(error), reason=error, error=True)
    assert [secret for secret in SECRETS if secret in output] == []


@pytest.mark.parametrize(
    ("written", "left"),
    [
        (PRESIGNED, "http://s3:9000/b/k?***"),
        ("GET /b/k?uploadId=x&X-Amz-Signature=ab HTTP/1.1", "GET /b/k?*** HTTP/1.1"),
        ("redis://:hunter22@queue/0", "redis://***@queue/0"),
        ("mysql://harbour:hunter@22@db/x", "mysql://***@db/x"),
        ("http://s3/k?X-Amz-Expires=9&X-Amz-Security-Token=FwoG%2F&x=y", "http://s3/k?***"),
        (
            '"SecretAccessKey": "wJalr", "Token": "FwoG/+=", "Code": 1',
            '"SecretAccessKey": ***, "Token": ***, "Code": 1',
        ),
        ("X-Amz-Security-Token: FwoG/+==", "X-Amz-Security-Token: ***"),
        (f"Authorization: Bearer {JWT}", "Authorization: ***"),
        ("{'Authorization': 'Basic aHVudGVyMjI='}", "{'Authorization': ***}"),
        ('X-File-Credential: {"pin": "1234-pin"}', "X-File-Credential: ***"),
        ('"access_token": "hunter22", "kept": 1', '"access_token": ***, "kept": 1'),
        (f"key {API_KEY} refused", "key *** refused"),
        (f"a token {JWT}", "a token ***"),
        (f"a link {LINK}", "a link ***"),
        (f"path=/api/v1/links/{JWT[:20]} status=404", "path=/api/v1/links/*** status=404"),
        ("GET /api/v1/links/anything?x HTTP/1.1", "GET /api/v1/links/***?x HTTP/1.1"),
        ("password=hunter22 user=ada", "password=*** user=ada"),
        ("SELECT x FROM t WHERE id = ? AND size=5", "SELECT x FROM t WHERE id = ? AND size=5"),
        ("what? nothing", "what? nothing"),
    ],
)
def test_secrets_are_removed_from_a_text(written: str, left: str) -> None:
    assert scrub(written) == left


def test_known_secrets_are_removed_at_any_place_in_a_text() -> None:
    known = known_secrets(KNOWN)
    assert scrub(f"x{KNOWN['S3_SECRET_KEY']}y pa@ssword redis-password not-a-secret longshore", known) == (
        "x***y *** *** not-a-secret longshore"
    )
    written = "ASIAEXAMPLE secret-of-aws token-of-aws token-of-the-pod uploads secret-of-uploads"
    assert scrub(written, known) == "ASIAEXAMPLE *** *** *** uploads ***"
