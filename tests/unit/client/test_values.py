"""The values of the Python client: details of a file, answers, and what observers receive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from longshore.client import Client, RetryPolicy
from longshore.client.content_types import type_of
from longshore.client.details import Details, in_utf8, with_checksum
from longshore.client.errors import InvalidBodyError, PolicyRefusedError, UnexpectedAnswerError
from longshore.client.observer import Comparison, Noting, Observer, Session
from longshore.client.progress import Progress
from longshore.client.values import Opened, Page, SignedChunk, load, load_page
from longshore.receipts.hashing import QUICK


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text/plain"),
        ("A.TXT", "text/plain"),
        ("a.tar.gz", "application/gzip"),
        ("a.TAR.bz2", "application/x-bzip2"),
        ("a.txt.xz", "application/x-xz"),
        ("a.Z", "application/x-compress"),
        ("a.br", "application/octet-stream"),
        ("a.tgz", "application/gzip"),
        ("a.svgz", "application/gzip"),
        ("a.tar", "application/x-tar"),
        ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("data:x.txt", "text/plain"),
        ("a?b.txt", "text/plain"),
        ("a.t?t", "application/octet-stream"),
        (".txt", "application/octet-stream"),
        ("..txt", "application/octet-stream"),
        ("txt", "application/octet-stream"),
        ("a.", "application/octet-stream"),
        ("a.nothing", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_type_of_derives_the_type_from_the_name(name: str, kind: str) -> None:
    assert type_of(name) == kind


def test_bodies_contain_only_the_given_details() -> None:
    kind = {"filename": "a.txt", "content_type": "text/plain"}
    few, all_ = Details("a.txt"), Details("a.txt", "b/c", {"pin": "1"}, {"d": 1}, "u1", "a1", "CRC32", 7, "p")
    assert few.init_body(None, None) == kind
    assert few.complete_body("up", 0, 1) == kind | {"upload_id": "up", "total_size": 0, "total_chunks": 1}
    kind |= {"content_type": "b/c"}
    assert all_.init_body(5, "X") == kind | {
        "size": 5,
        "chunk_size": 7,
        "checksum_algorithm": "X",
        "policy": "p",
    }
    whose = {"user_id": "u1", "appointment_id": "a1", "detail": {"d": 1}, "credential": {"pin": "1"}}
    assert all_.complete_body("up", 5, 2) == kind | whose | {"upload_id": "up", "total_size": 5, "total_chunks": 2}
    assert (few.checksum, in_utf8("a\udcffb\ud800")) == ("auto", "a\ufffdb\ufffd")


def invalid(*errors: str) -> InvalidBodyError:
    return InvalidBodyError(422, {"code": "invalid_body", "errors": [*errors]})


def test_algorithms_are_tried_from_the_best() -> None:
    tried: list[str | None] = []

    def init(taken: str | None) -> Callable[[str | None], str]:
        def ask(algorithm: str | None) -> str:
            tried.append(algorithm)
            if algorithm != taken:
                raise invalid("[size] too large", "[checksum_algorithm] not checked")
            return "opened"

        return ask

    assert with_checksum("auto", init(QUICK[1])) == ("opened", QUICK[1])
    assert with_checksum("auto", init(None)) == ("opened", None)
    assert with_checksum(None, init(None)) == ("opened", None)
    assert with_checksum("MD4", init("MD4")) == ("opened", "MD4")
    assert tried == [*QUICK[:2], *QUICK, None, None, "MD4"]
    with pytest.raises(InvalidBodyError):
        with_checksum("SHA256", init(None))

    def requires(algorithm: str | None) -> str:
        if algorithm != QUICK[-1]:
            envelope = {"code": "policy_refused", "errors": [f"[checksum_algorithm] must be one of {QUICK[-1]}"]}
            raise PolicyRefusedError(422, envelope)
        return "opened"

    assert with_checksum("auto", requires) == ("opened", QUICK[-1])

    def refuses(_algorithm: str | None) -> Any:
        raise invalid("[filename] checksum_algorithm")

    with pytest.raises(InvalidBodyError):
        with_checksum("auto", refuses)


def test_answers_become_values() -> None:
    signed = {"chunk_index": 0, "method": "PUT", "url": "u", "headers": {}, "expires_at": "e", "newer": 1}
    data = {"upload_id": "up", "file_id": "f", "chunk_size": 5, "expires_at": "e", "chunks": [signed], "newer": 2}
    assert load(Opened, data) == Opened("up", "f", 5, "e", [SignedChunk(0, "PUT", "u", {}, "e")])
    assert load_page(SignedChunk, {"items": [signed], "next_cursor": "c"}) == Page(
        [SignedChunk(0, "PUT", "u", {}, "e")], "c"
    )


@pytest.mark.parametrize("data", [None, 3, {}, {"chunks": 3}, {"upload_id": "up"}])
def test_an_invalid_answer_is_an_error(data: Any) -> None:
    with pytest.raises(UnexpectedAnswerError, match=r"^The service's answer is no Opened \(.+\)\.$"):
        load(Opened, data)


def test_noting_passes_events_on_to_its_observer() -> None:
    events: list[Any] = []

    class Recorder(Observer):
        session = stage = compared = progress = staticmethod(events.append)  # type: ignore[assignment]

    sessions: list[Session] = []
    noting, session = Noting(Recorder(), sessions), Session("up", "f", 5, "e")
    noting.session(session)
    noting.stage("uploading")
    noting.compared(Comparison())
    noting.progress(Progress(1, 2))
    assert (events, sessions) == ([session, "uploading", Comparison(), Progress(1, 2)], [session])


@pytest.mark.parametrize(
    ("same", "other", "another"), [((), (), False), ((), (1,), True), ((0,), (1,), False), ((0,), (), False)]
)
def test_an_upload_without_any_equal_part_is_of_another_file(
    same: tuple[int, ...], other: tuple[int, ...], another: bool
) -> None:
    assert Comparison(frozenset(same), frozenset(other)).is_another_file is another


def test_a_client_is_configured_by_arguments_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LONGSHORE_URL", raising=False)
    with pytest.raises(ValueError, match=r"^no service is named: give its URL, or set LONGSHORE_URL$"):
        Client()
    monkeypatch.setenv("LONGSHORE_URL", "https://files.example/")
    made = Client(limit=5.0, connections=(1, 3), window=0)
    assert (made.url, repr(made), made.limit) == (
        "https://files.example",
        "Client('https://files.example')",
        5.0,
    )
    common = made._common
    assert (common.window, common.slots.most, common.policy) == (1, 3, RetryPolicy())
    assert (Client(window=5000)._common.window, Client(window=7)._common.window) == (1000, 7)
    assert (Client()._common.window, Client()._common.slots.most, Client().limit) == (64, 10, None)
    made.limit = None
    assert made.limit is None
