"""What a store does not enforce.

A test holds a store to everything that does not stand here. It also holds it to what stands here: a store that has
begun to enforce something fails the test until the line is gone.
"""

from __future__ import annotations

from requests import Response

from tests.support.live.stack import Stack

NO_CHECKSUMS = "checksums"
"""The gap of a store that holds parts to no checksum: none is offered there."""
GAPS: dict[str, dict[str, str]] = {
    "swift": {},
    "ceph": {},
    "ceph16": {NO_CHECKSUMS: "it knows none"},
    "localstack": {
        "no query": "a request that carries no signature is taken as the administrator's; this one makes an object",
        "unsigned part": "the same",
    },
    "ministack": {},
    "minio": {},
    "given": {},
}
"""Store → check → why."""


def refused(stack: Stack, check: str, answer: Response) -> bool:
    """Whether storage refused, as it must but for a gap. Behind a gap it must have let the request through."""
    if check in GAPS[stack.store]:
        assert answer.status_code == 200, f"{stack.store} enforces «{check}» now: {answer.status_code} {answer.text}"
        return False
    assert 400 <= answer.status_code < 500, f"{stack.store} lets «{check}» through: {answer.status_code} {answer.text}"
    return True


def offered(stack: Stack, algorithm: str) -> bool:
    """Whether the store checks it. Where it does not the service offers none, which is seen to here."""
    if NO_CHECKSUMS not in GAPS[stack.store]:
        return True
    answer = stack.client.post("/upload/init/", {"size": 1, "checksum_algorithm": algorithm})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_body")
    return False
