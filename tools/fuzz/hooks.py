"""Hooks for schemathesis: JSON in text fields, chunks that go to storage, and errors that are expected.

schemathesis loads it by name (SCHEMATHESIS_HOOKS). The number of responses per status goes to the file that FUZZ_COUNT
names.
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
"""Bytes of the largest file that is sent."""
SECONDS = 30
WHOLE = {"filename": "photo.jpg", "content_type": "image/jpeg", "size": 11}
seen: Counter[str] = Counter()
"""The number of responses by operation and status."""
counting = Lock()
known = Known()
sizes: dict[str, int] = {}
"""The size of each upload whose chunks can still be sent, by id."""

_words = st.text(min_size=1, max_size=20)
_chunk = st.fixed_dictionaries({"chunk_index": st.integers(0, 9999)}, optional={"chunk_size": st.integers(0, 10**12)})
_part = st.fixed_dictionaries({"chunk_index": st.integers(0, 9999), "etag": _words})
_place = st.fixed_dictionaries(
    {"bucket": st.fixed_dictionaries({"name": _words}), "object": st.fixed_dictionaries({"key": st.text(max_size=20)})}
)
_event = st.fixed_dictionaries({"eventName": _words, "s3": _place})
JSON_TEXTS: dict[str, st.SearchStrategy[Any]] = {
    "credential": st.dictionaries(_words, st.text(max_size=20), min_size=1, max_size=5),
    "detail": st.dictionaries(_words, st.none() | st.booleans() | st.integers() | _words, max_size=5),
    "chunks": st.lists(_chunk, min_size=1, max_size=20),
    "parts": st.lists(_part, max_size=5),
    "content_types": st.lists(st.sampled_from(["image/*", "image/png", "text/plain"]), min_size=1, max_size=3),
    "file_ids": st.lists(st.uuids().map(str), min_size=1, max_size=5),
    "Records": st.lists(_event, max_size=3),
    "filter": st.fixed_dictionaries({"virus_scan_status": st.sampled_from(["infected", "clean", "error"])}),
}
for _name, _values in JSON_TEXTS.items():
    schemathesis.openapi.format(f"json-{_name}", _values.map(json.dumps))


@schemathesis.hook
def before_load_schema(_context: Any, schema: dict[str, Any]) -> None:
    """Describe this run: where login is off, a request needs no token and the service does not read one."""
    if "FUZZ_LOGIN" in os.environ:
        return
    for path in schema["paths"].values():
        for method in path.keys() & {"get", "post", "patch", "delete"}:
            path[method].pop("security", None)


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """Skip cases that differ from what schemathesis believes.

    A form can contain only fields, and an empty field is not sent, so that other faults of a form never arrive. A body
    that was generated to violate one of several alternatives may conform to another.
    """
    if case.media_type in {None, "application/json"} or isinstance(case.body, NotSet):
        return not (_is_negative_in(case, ParameterLocation.BODY) and _keeps_to_its_schema(case))
    return isinstance(case.body, dict) and "" not in case.body.values()


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Let valid requests succeed: make uploads small, and complete them as they were sent."""
    if _is_positive(case):
        known.put_into(case.path_parameters)
    if case.method == "DELETE":
        known.forget(case.path_parameters.values())
    body = case.body
    if not isinstance(body, dict) or not _is_positive(case):
        return
    known.put_into(body)
    if _operation(case) == "initUpload" and _is_linked(case):
        # the link to completeUpload copies these values
        body.pop("checksum_algorithm", None)
        body.pop("policy", None)
        body |= {name: body.get(name) or value for name, value in WHOLE.items()}
    if _operation(case) == "initUpload" and isinstance(body.get("size"), int):
        body["size"] %= SMALL
    if _operation(case) == "completeUpload" and body.get("upload_id") in sizes:
        body |= {"total_size": sizes[body["upload_id"]], "total_chunks": 1}
        for name in ("parts", "user_id", "appointment_id"):
            body.pop(name, None)
    if _operation(case) == "createDecision" and body.get("action") == "delete":
        body["dry_run"] = True  # other checks rely on their files
    if _operation(case) == "retryUpload" and {"file_id", "upload_id"} <= body.keys():
        # a link's body is merged into a random one, and only one of the two ids is allowed
        body.pop("file_id" if body["upload_id"] in sizes else "upload_id")


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    """Count responses, and send the chunks that they sign, so that uploads can be completed."""
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
    """Check that a valid body is never refused for its form, only for what it requests."""
    if response.status_code == 422 and _is_positive(case):
        said = json.loads(response.content)
        unforeseen = [line for line in said["errors"] if not line.endswith(FORESEEN_ENDS) and not _is_foreseen(line)]
        if said["code"] == "invalid_body" and unforeseen:
            raise AssertionError(f"a valid request was refused as invalid: {unforeseen}")
    return None


@schemathesis.check
def appointment_is_there(_context: Any, response: Any, case: Any) -> bool | None:
    """Check that an appointment exists until its deletion or its user's is requested.

    schemathesis' ensure_resource_availability considers only the appointment's own deletion, so it is off here.
    """
    missing = _operation(case) == "deleteAppointment" and response.status_code == 404
    if missing and known.should_be_there(case.path_parameters["appointment_id"]):
        raise AssertionError("an appointment was not found, although neither it nor its user was deleted")
    return None


FORESEEN_ENDS = (
    "the policies are default",
    "there are no indexed keys",
    "as only these orders have an index with detail",
    "no user has this id",
    "no appointment has this id",
    "[subject] is missing: with login off, the caller has none",
    "visible characters without leading or trailing spaces",
    "which are reserved",
    "is missing: it is required to release and to block",
    "is in the past: the entry would have no effect",
    "is not a SHA-256 in hex, of 64 characters",
    "is empty; name at least one property of the files",
    "is in the past; delete the file instead",
    "is missing: the message is empty",
    "[bucket] does not exist in storage",
    "[prefix] has more than 1024 bytes",
    "[X-Link-Password] is not text in UTF-8",
    "[reason] is missing: a legal hold is set and lifted for a reason",
    "which is not a type such as image/png or image/*.",
    "is not valid; use next_cursor of the page before",
    "leave out slashes at the start, at the end, and double ones.",
    "`.` and `..` are no names of folders.",
    "Control characters are not allowed.",
    "folders in each other.",
    "A folder's name is longer than 255 characters.",
    "[to] is inside the folder itself",
    "folders in each other or 1024 characters",
    *(f"[{name}] is not JSON in UTF-8" for name in JSON_TEXTS),
)
"""Errors that no schema can express: unknown ids and cursors, and text of a form that is not JSON."""


def _is_foreseen(line: str) -> bool:
    """Whether a line is about the upload's own plan, this storage's checksums and buckets, a key that was used
    before, or JSON's depth and length."""
    parts = (
        "this upload",
        "this storage",
        "the upload's size",
        "chunks have at most",
        "is for the order",
        "was used for another upload",
        "is not one of ADOPT_BUCKETS",
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
