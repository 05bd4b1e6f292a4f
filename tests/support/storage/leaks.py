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

    def rule(asked: ProxiedRequest, forward: Forward) -> Reply:
        source = asked.headers.get("x-amz-copy-source")
        if asked.method != "PUT" or source is None:
            return forward(asked)
        ranged = asked.headers.get("x-amz-copy-source-range")
        more = {"CopySourceRange": ranged} if ranged else {}
        s3.upload_part_copy(**_part(asked), CopySource=source.lstrip("/"), **more)
        return TAKEN

    return rule


def streaming(s3: Any) -> Rule:
    """Accept an unsigned stream with an access key, as an object and as a part."""

    def rule(asked: ProxiedRequest, forward: Forward) -> Reply:
        if not asked.headers.get("x-amz-content-sha256", "").startswith("STREAMING-UNSIGNED"):
            return forward(asked)
        length, _, rest = asked.body.partition(b"\r\n")
        body = rest[: int(length, 16)]
        if "uploadId" in asked.query:
            s3.upload_part(**_part(asked), Body=body)
        else:
            s3.put_object(**_object(asked), Body=body)
        return TAKEN

    return rule


def without_access_control(s3: Any) -> Rule:
    """Treat requests without a signature as the administrator's."""

    def rule(asked: ProxiedRequest, forward: Forward) -> Reply:
        if "X-Amz-Signature" in asked.query or "authorization" in asked.headers:
            return forward(asked)
        if "list-type" in asked.query:
            names = [each["Key"] for each in s3.list_objects_v2(Bucket=_bucket(asked)).get("Contents", [])]
            return Reply(200, {}, "".join(f"<Key>{name}</Key>" for name in names).encode())
        match asked.method:
            case "GET":
                return Reply(200, {}, s3.get_object(**_object(asked))["Body"].read())
            case "DELETE":
                s3.delete_object(**_object(asked))
            case "PUT":
                s3.put_object(**_object(asked), Body=asked.body)
        return TAKEN

    return rule


def retyping(s3: Any) -> Rule:
    """Let a link to a public object choose its type."""

    def rule(asked: ProxiedRequest, forward: Forward) -> Reply:
        chosen = asked.query.get("response-content-type")
        if asked.method != "GET" or chosen is None or "X-Amz-Signature" in asked.query:
            return forward(asked)
        return Reply(200, {"content-type": chosen}, s3.get_object(**_object(asked))["Body"].read())

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


def _bucket(asked: ProxiedRequest) -> str:
    return asked.path.partition("?")[0].strip("/").partition("/")[0]


def _object(asked: ProxiedRequest) -> dict[str, str]:
    return {"Bucket": _bucket(asked), "Key": asked.path.partition("?")[0].strip("/").partition("/")[2]}


def _part(asked: ProxiedRequest) -> dict[str, Any]:
    number, upload_id = int(asked.query["partNumber"]), asked.query["uploadId"]
    return {**_object(asked), "PartNumber": number, "UploadId": upload_id}
