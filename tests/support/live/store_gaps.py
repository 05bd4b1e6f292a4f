"""Known gaps of stores.

A test requires a store to enforce everything that is not listed here, and also fails if a store has begun to enforce
something that is listed.
"""

from __future__ import annotations

from requests import Response

from tests.support.live.stack import Stack

NO_CHECKSUMS = "checksums"
"""The gap of a store without checksums of parts: none are offered there."""
GAPS: dict[str, dict[str, str]] = {
    "swift": {},
    "ceph": {},
    "ceph16": {NO_CHECKSUMS: "it has none"},
    "localstack": {
        "no query": "a request that carries no signature is taken as the administrator's; this one makes an object",
        "unsigned part": "the same",
    },
    "ministack": {},
    "minio": {},
    "given": {},
}
"""Store → check → reason."""


def refused(stack: Stack, check: str, answer: Response) -> bool:
    """Check a refusal: storage must refuse, or with a known gap let the request through."""
    if check in GAPS[stack.store]:
        assert answer.status_code == 200, f"{stack.store} enforces {check!r} now: {answer.status_code} {answer.text}"
        return False
    assert 400 <= answer.status_code < 500, f"{stack.store} lets {check!r} through: {answer.status_code} {answer.text}"
    return True


def offered(stack: Stack, algorithm: str) -> bool:
    """Return whether the store checks it. If not, assert that the service does not offer it."""
    if NO_CHECKSUMS not in GAPS[stack.store]:
        return True
    answer = stack.client.post("/upload/init/", {"size": 1, "checksum_algorithm": algorithm})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_body")
    return False
