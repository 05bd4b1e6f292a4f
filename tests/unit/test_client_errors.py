"""What people read of an error: what happened, then what to do, each once, in words of the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from longshore.cli.words import reason_of
from longshore.client import errors
from longshore.client.source import FileSource
from service import errors as service_errors

OF_THE_API = re.compile(
    r"POST|GET|DELETE|PUT|/api/|X-File-Credential|Bearer|total_size|`(errors|missing|mismatched|parts)`"
)


def classes(base: type[service_errors.LongshoreError]) -> list[type[service_errors.LongshoreError]]:
    return [each for child in base.__subclasses__() for each in [child, *classes(child)]]


def as_client(kind: type[service_errors.LongshoreError]) -> errors.ApiError:
    """The client's error of a refusal of this class."""
    said = kind.example()
    envelope = {"code": said.code, "message": said.message, "errors": said.errors, **said.extra}
    return errors.refusal(said.status, envelope)


REFUSALS = [kind for kind in classes(service_errors.LongshoreError) if kind.code in errors.BY_CODE]


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.__name__)
def test_no_refusal_speaks_of_http_or_says_a_thing_twice(kind: type[service_errors.LongshoreError]) -> None:
    error = as_client(kind)
    told = re.split(r"(?<=[.:!;]) ", error.sentence.casefold())
    assert OF_THE_API.search(error.sentence) is None
    assert sorted(set(told)) == sorted(told)
    assert error.happened is None or error.sentence.endswith(error.remedy)


def test_remedies_are_said_once() -> None:
    """All of what the command line prints, where a change of either side is noticed."""
    assert {kind.code: as_client(kind).sentence for kind in REFUSALS if kind.code in SENTENCES} == SENTENCES


SENTENCES = {
    "login_required": (
        "This service asks who calls. Give an API key or a token: LONGSHORE_TOKEN, or `longshore config key`."
    ),
    "scope_missing": ("This key or token does not allow that; it needs the scope upload. Use a key with that scope."),
    "wrong_credential": (
        "This file is private, and the credential is missing or wrong."
        " Give the credential that the file was uploaded with."
    ),
    "quota_exceeded": (
        "1000000000 of your 1073741824 bytes are taken, and this needs 104857600 more."
        " Delete files or abort uploads, then try again."
    ),
    "file_not_found": (
        "No file has this id. It may have been deleted."
        " Check the id; `longshore list` shows the files that you may see."
    ),
    "etag_mismatch": (
        "Storage has other bytes than were sent. [parts] chunk 7 has another ETag in storage."
        " Carry on with the upload: what differs is sent again."
    ),
    "storage_unavailable": "Storage cannot be reached. Nothing is lost; try again shortly.",
}


def test_a_refusal_without_a_message_has_a_remedy() -> None:
    assert errors.refusal(502, {}).sentence == (
        "The service answered 502 without saying why. Try again; if it stays, tell the one who runs the service."
    )


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            errors.TransferError("take a part"),
            r"Check the network to storage, then carry on: what has arrived stays\.$",
        ),
        (errors.TransferError("take a part", 403, "AccessDenied"), r"the one who runs the service can see why"),
        (errors.NotClean("scanning", "pending"), r"Wait for its verdict: `download --wait`\.$"),
        (
            errors.NotClean("quarantined", "infected"),
            r"It is served to nobody; `longshore status` shows its verdict\.$",
        ),
        (errors.NotClean("scan_failed", "error"), r"Have it scanned again: `longshore retry`\.$"),
        (FileNotFoundError(2, "No such file", "/a"), r"^/a: No such file$"),
        (ValueError("odd"), r"^odd$"),
    ],
)
def test_the_remedy_fits_what_happened(error: Exception, sentence: str) -> None:
    assert re.search(sentence, reason_of(error))


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (".", ". is a folder. Send its files one by one."),
        (
            "/dev/null",
            "/dev/null is a pipe or a device. Send it as a stream: `longshore upload - --name NAME`, or an open file.",
        ),
        ("/nowhere", "/nowhere cannot be read: No such file or directory. Check that it is there and may be read."),
    ],
)
def test_what_cannot_be_sent_says_how_else(path: str, sentence: str) -> None:
    with pytest.raises(errors.FileUnreadableError) as refused:
        FileSource(Path(path))
    assert refused.value.sentence == sentence
