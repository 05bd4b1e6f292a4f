"""Attacks that storage servers were seen to let through, as rules of a proxy before a server that refuses them.

Each rule does with the operator's key what MinIO RELEASE.2025-09-07 (CVE-2026-41145) and servers without access control
did for any client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.support.storage.faulty_proxy import FaultyProxy, Forward, ProxiedRequest, Reply, Rule

TAKEN = Reply(200, {})


def copying(s3: Any) -> Rule:
    """Let a part's URL copy the object in an unsigned header."""

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        source = request.headers.get("x-amz-copy-source")
        if request.method != "PUT" or source is None:
            return forward(request)
        ranged = request.headers.get("x-amz-copy-source-range")
        more = {"CopySourceRange": ranged} if ranged else {}
        s3.upload_part_copy(**_part(request), CopySource=source.lstrip("/"), **more)
        return TAKEN

    return rule


def streaming(s3: Any) -> Rule:
    """Accept an unsigned stream with an access key, as an object and as a part."""

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        if not request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-UNSIGNED"):
            return forward(request)
        length, _, rest = request.body.partition(b"\r\n")
        body = rest[: int(length, 16)]
        if "uploadId" in request.query:
            s3.upload_part(**_part(request), Body=body)
        else:
            s3.put_object(**_object(request), Body=body)
        return TAKEN

    return rule


def without_access_control(s3: Any) -> Rule:
    """Treat requests without a signature as the administrator's."""

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        if "X-Amz-Signature" in request.query or "authorization" in request.headers:
            return forward(request)
        if "list-type" in request.query:
            names = [each["Key"] for each in s3.list_objects_v2(Bucket=_bucket(request)).get("Contents", [])]
            return Reply(200, {}, "".join(f"<Key>{name}</Key>" for name in names).encode())
        match request.method:
            case "GET":
                return Reply(200, {}, s3.get_object(**_object(request))["Body"].read())
            case "DELETE":
                s3.delete_object(**_object(request))
            case "PUT":
                s3.put_object(**_object(request), Body=request.body)
        return TAKEN

    return rule


def retyping(s3: Any) -> Rule:
    """Let a link to a public object choose its type."""

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        chosen = request.query.get("response-content-type")
        if request.method != "GET" or chosen is None or "X-Amz-Signature" in request.query:
            return forward(request)
        return Reply(200, {"content-type": chosen}, s3.get_object(**_object(request))["Body"].read())

    return rule


LEAKS: dict[str, tuple[Callable[[Any], Rule], set[str]]] = {
    "copying": (
        copying,
        {
            "another object copied into a part (x-amz-copy-source)",
            "a range of another object copied into a part",
        },
    ),
    "streaming": (
        streaming,
        {
            "an object overwritten by an unsigned stream",
            "an object made by an unsigned stream",
            "a part sent by an unsigned stream",
        },
    ),
    "retyping": (retyping, {"response-content-type on a public object"}),
    "without access control": (
        without_access_control,
        {
            "an object made by an unsigned stream",
            "an object overwritten by an unsigned stream",
            "an object overwritten without a key",
            "an object deleted without a key",
            "an object read without a key",
            "the private bucket listed without a key",
            "the public bucket listed without a key",
        },
    ),
}
"""Name → the rule, created with the operator's boto3 client, and the attacks that it lets through."""


@contextmanager
def leaking(proxy: FaultyProxy, s3: Any) -> Iterator[None]:
    """Add all leaks to the storage behind the proxy inside the block."""
    with ExitStack() as stack:
        for rule, _ in reversed(LEAKS.values()):
            stack.enter_context(proxy.doing(rule(s3)))
        yield


def _bucket(request: ProxiedRequest) -> str:
    return request.path.partition("?")[0].strip("/").partition("/")[0]


def _object(request: ProxiedRequest) -> dict[str, str]:
    return {"Bucket": _bucket(request), "Key": request.path.partition("?")[0].strip("/").partition("/")[2]}


def _part(request: ProxiedRequest) -> dict[str, Any]:
    number, upload_id = int(request.query["partNumber"]), request.query["uploadId"]
    return {**_object(request), "PartNumber": number, "UploadId": upload_id}
