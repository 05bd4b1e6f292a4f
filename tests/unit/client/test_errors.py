"""Error messages of the client: what happened, then what to do, each once, in words of the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from longshore.cli.terminal.words import reason_of
from longshore.cli.transfers.batch import json_of
from longshore.cli.transfers.sending import Outcome, Task
from longshore.client import errors
from longshore.client.uploads.source import FileSource
from service import errors as service_errors

OF_THE_API = re.compile(
    r"POST|GET|DELETE|PUT|/api/|X-File-Credential|Bearer|total_size|`(errors|missing|mismatched|parts)`"
)


def classes(base: type[service_errors.ServiceError]) -> list[type[service_errors.ServiceError]]:
    return [each for child in base.__subclasses__() for each in [child, *classes(child)]]


def as_client(kind: type[service_errors.ServiceError]) -> errors.ApiError:
    """The client's error of a refusal of this class."""
    example = kind.example()
    envelope = {"code": example.code, "message": example.message, "errors": example.errors, **example.extra}
    return errors.refusal(example.status, envelope)


REFUSALS = [kind for kind in classes(service_errors.ServiceError) if kind.code in errors.BY_CODE]


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_every_refusal_has_one_remedy_in_words_of_the_command_line(kind: type[service_errors.ServiceError]) -> None:
    error = as_client(kind)
    happened, *remedy_of_the_api = errors.FIRST_SENTENCE.split(kind.example().message)
    assert (error.message.startswith(error.happened or happened), error.sentence) == (True, reason_of(error))
    assert error.sentence == f"{error.message} {error.remedy}"
    assert [words for words in (*remedy_of_the_api, error.remedy) if words in error.message] == []
    assert OF_THE_API.search(error.sentence) is None


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_json_has_the_message_and_the_remedy_separately(kind: type[service_errors.ServiceError]) -> None:
    error = as_client(kind)
    result = json_of(Outcome(Task("a.bin", {}), error=error))["error"]
    assert result == {"code": kind.code, "message": error.message, "remedy": error.remedy}
    assert f"{result['message']} {result['remedy']}" == error.sentence


def test_refusals_have_the_expected_sentences() -> None:
    assert {kind.code: as_client(kind).sentence for kind in REFUSALS if kind.code in SENTENCES} == SENTENCES


SENTENCES = {
    "login_required": (
        "This service requires a login. Set an API key or a token with LONGSHORE_TOKEN or `longshore config key`."
    ),
    "scope_missing": "This key or token lacks the scope upload. Use a key with that scope.",
    "wrong_credential": (
        "This file is private, and the credential is missing or wrong."
        " Give the credential that the file was uploaded with."
    ),
    "quota_exceeded": (
        "1000000000 of your 1073741824 bytes are in use, and this needs 104857600 more."
        " Delete files or abort uploads, then try again."
    ),
    "file_not_found": "No file has this id. Check the id; `longshore list` shows your files.",
    "etag_mismatch": (
        "Some parts in storage differ from those that were sent. [parts] chunk 7 has a different ETag in storage."
        " Resume the upload to send the differing parts again."
    ),
    "storage_unavailable": "Storage cannot be reached. Try again shortly; nothing is lost.",
}


def test_a_refusal_without_a_message_has_a_remedy() -> None:
    assert errors.refusal(502, {}).sentence == (
        "The service answered 502 without a reason. Try again; if it fails again, tell the operator."
    )


def test_an_unknown_code_keeps_its_message_and_gets_no_second_remedy() -> None:
    error = errors.refusal(
        418, {"code": "teapot", "message": "This is a teapot. Use a coffee pot.", "errors": ["[pot] short"]}
    )
    assert (error.sentence, error.remedy) == ("This is a teapot. Use a coffee pot. [pot] short.", "")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            errors.TransferError("accept a part"),
            r"Check the network to storage, then resume: finished parts are kept\.$",
        ),
        (errors.TransferError("accept a part", 403, "AccessDenied"), r"the operator can find the cause"),
        (errors.NotClean("scanning", "pending"), r"Wait for its verdict with `download --wait`\.$"),
        (
            errors.NotClean("quarantined", "infected"),
            r"It cannot be downloaded; unless it was deleted, `longshore status` shows its verdict\.$",
        ),
        (errors.NotClean("scan_failed", "error"), r"Repeat the scan with `longshore retry`\.$"),
        (FileNotFoundError(2, "No such file", "/a"), r"^/a: No such file$"),
        (ValueError("odd"), r"^odd$"),
    ],
)
def test_the_remedy_fits_the_failure(error: Exception, sentence: str) -> None:
    assert re.search(sentence, reason_of(error))


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (".", ". is a folder. Upload all its files with `longshore upload -r`."),
        (
            "/dev/null",
            "/dev/null is a pipe or a device. Send it as a stream: `longshore upload - --name NAME`, or an open file.",
        ),
        ("/nowhere", "/nowhere cannot be read: No such file or directory. Check that the file exists and is readable."),
    ],
)
def test_an_unsendable_path_is_refused_with_the_alternative(path: str, sentence: str) -> None:
    with pytest.raises(errors.FileUnreadableError) as refused:
        FileSource(Path(path))
    assert refused.value.sentence == sentence
