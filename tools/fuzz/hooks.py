"""What schemathesis has to know of Longshore: text that is JSON, chunks that go to storage, refusals that are no fault.

schemathesis loads it by name (SCHEMATHESIS_HOOKS); what was answered how often goes to the file that FUZZ_COUNT names.
"""

from __future__ import annotations

import atexit
import json
import os
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import Any

import jsonschema_rs
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.core import NotSet
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

from tools.fuzz.known import MADE_BY, Known

SMALL = 64
"""Bytes of the largest file that is really sent."""
SECONDS = 30
WHOLE = {"filename": "photo.jpg", "content_type": "image/jpeg", "size": 11}
seen: Counter[str] = Counter()
"""Answers, by operation and status."""
counting = Lock()
known = Known()
sizes: dict[str, int] = {}
"""What each upload was started for, while its chunks can be sent."""

_words = st.text(min_size=1, max_size=20)
_chunk = st.fixed_dictionaries({"chunk_index": st.integers(0, 9999)}, optional={"chunk_size": st.integers(0, 10**12)})
_part = st.fixed_dictionaries({"chunk_index": st.integers(0, 9999), "etag": _words})
JSON_TEXTS: dict[str, st.SearchStrategy[Any]] = {
    "credential": st.dictionaries(_words, st.text(max_size=20), min_size=1, max_size=5),
    "detail": st.dictionaries(_words, st.none() | st.booleans() | st.integers() | _words, max_size=5),
    "chunks": st.lists(_chunk, min_size=1, max_size=20),
    "parts": st.lists(_part, max_size=5),
}
for _name, _values in JSON_TEXTS.items():
    schemathesis.openapi.format(f"json-{_name}", _values.map(json.dumps))


@schemathesis.hook
def before_load_schema(_context: Any, schema: dict[str, Any]) -> None:
    """Describe this run: where login is off, a request needs no token and the service does not read one."""
    if "FUZZ_LOGIN" in os.environ:
        return
    for path in schema["paths"].values():
        for method in path.keys() & {"get", "post", "delete"}:
            path[method].pop("security", None)


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """What would not be what it is taken for.

    A form has nothing but fields, and an empty one is not filled in: what else is wrong in one is never sent. And a
    body that was made to break one of several alternatives may keep to another.
    """
    if case.media_type in {None, "application/json"} or isinstance(case.body, NotSet):
        return not (_is_negative_in(case, ParameterLocation.BODY) and _keeps_to_its_schema(case))
    return isinstance(case.body, dict) and "" not in case.body.values()


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """What keeps to the schema gets a chance to succeed: uploads are small, and completed as they were sent."""
    if _is_positive(case):
        known.put_into(case.path_parameters)
    if case.method == "DELETE":
        known.forget(case.path_parameters.values())
    body = case.body
    if not isinstance(body, dict) or not _is_positive(case):
        return
    known.put_into(body)
    if _operation(case) == "initUpload" and _is_linked(case):
        # the link to complete takes these from here
        body.pop("checksum_algorithm", None)
        body |= {name: body.get(name) or value for name, value in WHOLE.items()}
    if _operation(case) == "initUpload" and isinstance(body.get("size"), int):
        body["size"] %= SMALL
    if _operation(case) == "completeUpload" and body.get("upload_id") in sizes:
        body |= {"total_size": sizes[body["upload_id"]], "total_chunks": 1}
        for name in ("parts", "user_id", "appointment_id"):
            body.pop(name, None)
    if _operation(case) == "retryUpload" and {"file_id", "upload_id"} <= body.keys():
        # a link's body is put upon a random one: of the two it may have one
        body.pop("file_id" if body["upload_id"] in sizes else "upload_id")


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """Counts, and sends the chunks that an answer gives permission for: else no upload could be completed."""
    with counting:
        seen[f"{_operation(case)} {response.status_code}"] += 1
    if response.status_code not in {200, 201} or _operation(case) not in {*MADE_BY, "signChunks", "retryUpload"}:
        return
    data = json.loads(response.content)["data"]
    known.learn(_operation(case), data)
    if _operation(case) == "initUpload":
        sizes[data["upload_id"]] = int(case.body.get("size") or 0) if isinstance(case.body, dict) else 0
    size = sizes.get(data.get("upload_id"), SMALL)
    for chunk in data.get("chunks", [])[:1]:
        if chunk["chunk_index"] == 0 and size < SMALL:
            requests.put(chunk["url"], data=bytes(size), headers=chunk["headers"], timeout=SECONDS)


@schemathesis.check
def valid_is_never_called_invalid(_context: Any, response: Any, case: Any) -> bool | None:
    """A body that keeps to its schema may be refused for what it asks for, but not for how it is written."""
    if response.status_code == 422 and _is_positive(case):
        said = json.loads(response.content)
        unforeseen = [line for line in said["errors"] if not line.endswith(FORESEEN_ENDS) and not _is_foreseen(line)]
        if said["code"] == "invalid_body" and unforeseen:
            raise AssertionError(f"a valid request was called invalid: {unforeseen}")
    return None


@schemathesis.check
def appointment_is_there(_context: Any, response: Any, case: Any) -> bool | None:
    """Until somebody asks for its deletion, or for that of its user, which takes it along.

    ensure_resource_availability knows of the first alone, so it is off here.
    """
    missing = _operation(case) == "deleteAppointment" and response.status_code == 404
    if missing and known.should_be_there(case.path_parameters["appointment_id"]):
        raise AssertionError("an appointment is not to be found, though nobody has deleted it or its user")
    return None


FORESEEN_ENDS = (
    "no user has this id",
    "no appointment has this id",
    "is not valid; use next_cursor of the page before",
    *(f"[{name}] is not JSON in UTF-8" for name in JSON_TEXTS),
)
"""What no schema can say: ids and cursors that nobody was given, and that a form's text is JSON."""


def _is_foreseen(line: str) -> bool:
    """Whether a line is about the upload's own plan, this storage's checksums, a key that was used
    before, or JSON's depth and length."""
    parts = (
        "this upload",
        "this storage",
        "the upload's size",
        "chunks have at most",
        "is for the order",
        "was used for another upload",
    )
    return any(part in line for part in (*parts, "bytes as JSON", "levels deep", "64-bit float"))


def _operation(case: Any) -> str:
    return str(case.operation.definition.raw.get("operationId"))


def _is_negative_in(case: Any, location: ParameterLocation) -> bool:
    part = case.meta.components.get(location) if case.meta else None
    return part is not None and part.mode.is_negative


def _keeps_to_its_schema(case: Any) -> bool:
    if not isinstance(case.body, dict):
        return False  # every body of ours is an object; bytes are JSON that was broken
    bodies = [body for body in case.operation.body if body.media_type == case.media_type]
    return any(jsonschema_rs.validator_for(body.validation_schema).is_valid(case.body) for body in bodies)


def _is_linked(case: Any) -> bool:
    """Whether it follows an answer, or others may follow its own."""
    return case.meta is not None and case.meta.phase.name is TestPhase.STATEFUL


def _is_positive(case: Any) -> bool:
    return case.meta is None or case.meta.generation.mode.is_positive


@atexit.register
def _write_count() -> None:
    if "FUZZ_COUNT" in os.environ:
        Path(os.environ["FUZZ_COUNT"]).write_text(json.dumps(seen))
