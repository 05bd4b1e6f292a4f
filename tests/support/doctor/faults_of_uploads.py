"""Faults of uploads, and of the pages that may send them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from service.admin.doctor.finding import FAIL, SKIPPED, WARN, CheckContext
from service.limits import MIB
from service.storage.s3 import Storage
from tests.support.doctor.faults import down, finds
from tests.support.doctor.faults_of_storage import browsers_get, the_service_gets
from tests.support.doctor.healthy_deployment import PAGE, PRIVATE, HealthyDeployment
from tests.support.storage.faulty_proxy import (
    FaultyProxy,
    Forward,
    ProxiedRequest,
    Reply,
    Rule,
    is_completion,
    refusing,
)


def is_part(request: ProxiedRequest) -> bool:
    return request.method == "PUT" and "partNumber" in request.query


def another_host(request: ProxiedRequest, forward: Forward) -> Reply:
    """A proxy sets Host to storage's own name."""
    return forward(request._replace(headers=request.headers | {"host": "minio:9000"}) if is_part(request) else request)


def no_large_bodies(request: ProxiedRequest, forward: Forward) -> Reply:
    return Reply(413, {}) if len(request.body) > MIB else forward(request)


def failing(request: ProxiedRequest, forward: Forward) -> Reply:
    return Reply(502, {}) if is_part(request) else forward(request)


def rotten(request: ProxiedRequest, forward: Forward) -> Reply:
    reply = forward(request)
    return reply._replace(body=reply.body[:-1] + b"?") if request.method == "GET" and len(reply.body) > MIB else reply


def shorter_lists(request: ProxiedRequest, forward: Forward) -> Reply:
    reply = forward(request)
    return reply._replace(body=reply.body.replace(b"<Size>5242880</Size>", b"<Size>5242879</Size>"))


@finds(down("upload"), "keep the Host header", Host=another_host)
@finds(down("upload"), "limit on bodies", large_bodies=no_large_bodies)
@finds(down("upload"), "Check storage's log", errors=failing)
def a_proxy_that_spoils(healthy: HealthyDeployment, rule: Rule) -> Iterator[CheckContext]:
    yield from browsers_get(healthy, rule)


@finds(down("upload"), "Do not use this storage", bytes=rotten)
@finds(down("upload"), "what changes requests", lists=shorter_lists)
def a_storage_that_spoils(healthy: HealthyDeployment, rule: Rule) -> Iterator[CheckContext]:
    yield from the_service_gets(healthy, rule)


def is_link(request: ProxiedRequest) -> bool:
    return request.method == "GET" and "doctor.txt" in request.query.get("response-content-disposition", "")


@finds(
    {"upload: link": FAIL, "upload: CORS: downloads": SKIPPED},
    "let proxies pass links",
    refused=refusing(403, "AccessDenied"),
    page=Reply(200, {}, b"?"),
)
def links_are_not_passed_on(healthy: HealthyDeployment, answer: Reply) -> Iterator[CheckContext]:
    """A proxy that passes only parts and the public bucket."""
    yield from browsers_get(healthy, lambda request, forward: answer if is_link(request) else forward(request))


@finds({"upload: link": WARN}, "keep the query")
def links_without_names(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        return forward(request).with_headers(**{"content-disposition": None}) if is_link(request) else forward(request)

    yield from browsers_get(healthy, rule)


@finds({"upload: length": WARN}, "fill your storage")
def any_length_is_taken(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        return forward(request._replace(body=request.body.rstrip(b"!")) if is_part(request) else request)

    yield from browsers_get(healthy, rule)


@finds({"upload: empty file": WARN}, "Empty files cannot be uploaded")
def empty_parts_are_refused(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    """Like Garage."""

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        return refusing(400, "InvalidRequest") if is_part(request) and not request.body else forward(request)

    yield from browsers_get(healthy, rule)


@finds({"upload: checksums": WARN}, "checksum_algorithm")
def no_checksum_is_checked(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        return Reply(200, {"etag": '"x"'}) if is_part(request) else forward(request)

    with healthy.inner.doing(rule):
        yield healthy.with_new_probe()


@contextmanager
def second_completions(proxy: FaultyProxy, answer: Reply) -> Iterator[None]:
    completed: set[str] = set()

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        if not is_completion(request):
            return forward(request)
        if request.path in completed:
            return answer
        completed.add(request.path)
        return forward(request)

    with proxy.doing(rule):
        yield


@finds({"upload: second completion": FAIL}, "cannot be determined", parts=(400, "InvalidPart"), denied=(403, "No"))
@finds({}, "", unknown=(404, "NoSuchUpload"))
def a_second_completion(healthy: HealthyDeployment, answer: tuple[int, str]) -> Iterator[CheckContext]:
    """MinIO's answer is fine: the service checks the object."""
    with second_completions(healthy.inner, refusing(*answer)):
        yield healthy.context


def is_deletion(request: ProxiedRequest) -> bool:
    return (request.method == "POST" and "delete" in request.query) or (
        request.method == "DELETE" and not request.query
    )


NOTHING_DELETED = Reply(200, {"content-type": "application/xml"}, b"<DeleteResult></DeleteResult>")


@finds(
    {"upload: deletion": FAIL},
    "Until then deleted files stay",
    refused=refusing(403, "AccessDenied"),
    ignored=NOTHING_DELETED,
)
def objects_that_stay(healthy: HealthyDeployment, answer: Reply) -> Iterator[CheckContext]:
    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        return answer if is_deletion(request) else forward(request)

    yield from the_service_gets(healthy, rule)


FIRST_PAGE = b"""<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>
<Part><PartNumber>1</PartNumber><ETag>"x"</ETag><Size>16</Size></Part></ListPartsResult>"""


@finds({"upload: paging": FAIL}, "uploads of more than 1,000 parts")
def lists_that_start_again(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        return Reply(200, {}, FIRST_PAGE) if request.query.get("max-parts") == "2" else forward(request)

    yield from the_service_gets(healthy, rule)


# CORS


def preflights(**headers: str | None) -> Rule:
    """The preflight's response has other headers."""

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        reply = forward(request)
        return (
            reply.with_headers(**headers)
            if request.method == "OPTIONS" and request.headers["origin"] == PAGE
            else reply
        )

    return rule


def parts(**headers: str | None) -> Rule:
    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        reply = forward(request)
        return reply.with_headers(**headers) if is_part(request) and request.headers.get("origin") == PAGE else reply

    return rule


@finds(
    {"upload: CORS": FAIL},
    "add the origin there",
    nobody=preflights(access_control_allow_origin=None),
    others=preflights(access_control_allow_origin="https://other.example"),
    twice=preflights(access_control_allow_origin=f"{PAGE}, {PAGE}"),
    methods=preflights(access_control_allow_methods="GET, HEAD"),
    checksums=preflights(access_control_allow_headers="content-type"),
    types=preflights(access_control_allow_headers="x-amz-checksum-sha256,x-amz-sdk-checksum-algorithm"),
)
@finds({"upload: CORS: ETag": FAIL}, "add the origin there", answers=parts(access_control_allow_origin=None))
@finds({"upload: CORS: ETag": WARN}, "Expose ETag", etags=parts(access_control_expose_headers="x-amz-request-id"))
def cors_of_parts(healthy: HealthyDeployment, rule: Rule) -> Iterator[CheckContext]:
    yield from browsers_get(healthy, rule)


def downloads(**headers: str | None) -> Rule:
    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        reply = forward(request)
        return (
            reply.with_headers(**headers)
            if request.method == "GET" and request.headers.get("origin") == PAGE
            else reply
        )

    return rule


@finds({"upload: CORS: downloads": FAIL}, "Allow GET", answers=downloads(access_control_allow_origin=None))
def cors_of_downloads(healthy: HealthyDeployment, rule: Rule) -> Iterator[CheckContext]:
    yield from browsers_get(healthy, rule)


@finds({"upload: CORS": FAIL, "upload: CORS: ETag": FAIL, "upload: CORS: downloads": FAIL}, "python -m jobs.prepare")
def no_cors_rule(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    healthy.s3.delete_bucket_cors(Bucket=PRIVATE)
    yield healthy.context
    Storage(healthy.s3).allow_origins(PRIVATE, healthy.context.deps.settings.cors_origins)


@finds({"upload: CORS: foreign pages": WARN}, "instead of *")
def every_page_may_send_parts(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    Storage(healthy.s3).allow_origins(PRIVATE, ("*",))
    yield healthy.context
    Storage(healthy.s3).allow_origins(PRIVATE, healthy.context.deps.settings.cors_origins)
