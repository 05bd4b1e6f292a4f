"""What can be broken about storage: by both addresses, who may do what in the buckets, and what an upload meets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime

from longshore.doctor.finding import FAIL, WARN, Ground
from service.deps import make_presigner, utc_now
from service.limits import MIB
from service.storage.client import make_client
from service.storage.probe import ChecksumProbe
from service.storage.s3 import Storage
from tests.doctor.certificates import make_certificate
from tests.doctor.faults import down, finds
from tests.doctor.faults_inside import NOBODY, NOT_LOCAL
from tests.doctor.well import ABORT, OUTSIDE, PAGE, PRIVATE, PUBLIC, RULE, Well
from tests.harm import Asked, Forward, HarmfulProxy, LostError, Reply, Rule, harmful, is_completion, refusing


def lost(asked: Asked, forward: Forward) -> Reply:
    raise LostError


def browsers_get(well: Well, rule: Rule) -> Iterator[Ground]:
    with well.outer.doing(rule):
        yield well.ground


def the_service_gets(well: Well, rule: Rule) -> Iterator[Ground]:
    with well.inner.doing(rule):
        yield well.ground


def through(well: Well, url: str) -> Iterator[Ground]:
    """Storage for browsers is at another address, which the page may send to."""

    def policy(asked: Asked, forward: Forward) -> Reply:
        reply = forward(asked)
        said = reply.headers.get("content-security-policy")
        return reply.saying(content_security_policy=said and said.replace(well.outer.url, url))

    with well.front.doing(policy):
        yield well.with_settings(s3_public_endpoint_url=url)


# as the service reaches it


@finds(down("storage", "upload"), "Storage cannot be reached")
def storage_is_down(well: Well) -> Iterator[Ground]:
    nobody = make_client(well.ground.deps.settings, f"http://{NOBODY}")
    yield well.with_parts(storage=Storage(nobody))


NOT_HEALTHY = {"public API: health": FAIL}
"""The API says so too."""


@finds(
    down("storage", "upload") | NOT_HEALTHY,
    "check the service's storage settings",
    gone=(404, "NoSuchBucket"),
    anothers=(403, "AccessDenied"),
)
def the_private_bucket_is_not_ours(well: Well, answer: tuple[int, str]) -> Iterator[Ground]:
    yield from the_service_gets(well, for_bucket(PRIVATE, *answer))


@finds(
    {"storage: public bucket": FAIL} | NOT_HEALTHY,
    "check the service's storage settings",
    gone=(404, "NoSuchBucket"),
    anothers=(403, "AccessDenied"),
)
def the_public_bucket_is_not_ours(well: Well, answer: tuple[int, str]) -> Iterator[Ground]:
    yield from the_service_gets(well, for_bucket(PUBLIC, *answer))


def for_bucket(bucket: str, status: int, code: str) -> Rule:
    def rule(asked: Asked, forward: Forward) -> Reply:
        asks = asked.method == "HEAD" and asked.path == f"/{bucket}"
        return refusing(status, code)._replace(body=b"") if asks else forward(asked)

    return rule


@finds({"storage: region": FAIL}, "Set S3_REGION=us-east-1")
def another_region(well: Well) -> Iterator[Ground]:
    yield well.with_settings(s3_region="eu-central-1")


@finds({"storage: lifecycle": WARN}, ABORT)
def no_lifecycle(well: Well) -> Iterator[Ground]:
    well.s3.delete_bucket_lifecycle(Bucket=PRIVATE)
    yield well.ground


@finds({"storage: lifecycle": WARN}, ABORT, for_objects=RULE | {"Expiration": {"Days": 400}})
@finds({"storage: lifecycle": FAIL}, "Make the rule longer", too_short=RULE | {ABORT: {"DaysAfterInitiation": 1}})
@finds(
    {"storage: lifecycle": WARN}, ABORT, switched_off=RULE | {"Status": "Disabled", ABORT: {"DaysAfterInitiation": 7}}
)
def a_lifecycle(well: Well, rule: dict[str, object]) -> Iterator[Ground]:
    well.let_rules_be(rule)
    yield well.ground


# as browsers reach it


@finds(down("public storage", "upload"), "Set S3_PUBLIC_ENDPOINT_URL")
def browsers_do_not_reach_storage(well: Well) -> Iterator[Ground]:
    yield from browsers_get(well, lost)


@finds({"settings: encryption": WARN}, "Put TLS before storage")
def storage_in_the_clear(well: Well) -> Iterator[Ground]:
    yield from through(well, well.outer.url.replace("127.0.0.1", NOT_LOCAL))


@finds({"public storage: certificate": WARN}, "why it is not renewed")
def storages_certificate_ends_soon(well: Well) -> Iterator[Ground]:
    with harmful(well.outer.target, OUTSIDE, str(well.folder / "soon.pem")) as other:
        yield from through(well, other.url)


@finds(down("public storage", "upload"), "SSL_CERT_FILE")
def storages_certificate_is_nobodys(well: Well) -> Iterator[Ground]:
    with harmful(well.outer.target, OUTSIDE, str(make_certificate(well.folder / "nobody.pem", OUTSIDE, 90))) as other:
        yield from through(well, other.url)


@finds({"public storage: clock": FAIL}, "Run an NTP client", behind=timedelta(minutes=-5), ahead=timedelta(minutes=5))
@finds({"public storage: clock": WARN}, "pass storage's Date", unknown=None)
def storages_clock(well: Well, skew: timedelta | None) -> Iterator[Ground]:
    date = None if skew is None else format_datetime(utc_now() + skew, usegmt=True)
    yield from browsers_get(well, lambda asked, forward: forward(asked).saying(date=date))


@finds({"public storage: private is private": FAIL}, "unscanned files lie there", GetObject="/*", ListBucket="")
def a_private_bucket_that_is_public(well: Well, of: str) -> Iterator[Ground]:
    well.allow_everybody(PRIVATE, **({"GetObject": of} if of else {"ListBucket": of}))
    yield well.ground


@finds({"public storage: public is public": FAIL}, "Allow s3:GetObject")
def a_public_bucket_that_is_private(well: Well) -> Iterator[Ground]:
    well.s3.delete_bucket_policy(Bucket=PUBLIC)
    yield well.ground


@finds({"public storage: public is not listed": WARN}, "and not s3:ListBucket")
def a_public_bucket_that_is_listed(well: Well) -> Iterator[Ground]:
    well.allow_everybody(PUBLIC, GetObject="/*", ListBucket="")
    yield well.ground


@finds({"public storage: writing": FAIL}, "lets everybody write", private=PRIVATE, public=PUBLIC)
def a_bucket_that_everybody_writes(well: Well, bucket: str) -> Iterator[Ground]:
    well.allow_everybody(bucket, PutObject="/*", **({"GetObject": "/*"} if bucket == PUBLIC else {}))
    yield well.ground


# an upload


def is_part(asked: Asked) -> bool:
    return asked.method == "PUT" and "partNumber" in asked.query


def another_host(asked: Asked, forward: Forward) -> Reply:
    """What a proxy does that sets Host to storage's own name."""
    return forward(asked._replace(headers=asked.headers | {"host": "minio:9000"}) if is_part(asked) else asked)


def no_large_bodies(asked: Asked, forward: Forward) -> Reply:
    return Reply(413, {}) if len(asked.body) > MIB else forward(asked)


def failing(asked: Asked, forward: Forward) -> Reply:
    return Reply(502, {}) if is_part(asked) else forward(asked)


def rotten(asked: Asked, forward: Forward) -> Reply:
    reply = forward(asked)
    return reply._replace(body=reply.body[:-1] + b"?") if asked.method == "GET" and len(reply.body) > MIB else reply


def shorter_lists(asked: Asked, forward: Forward) -> Reply:
    reply = forward(asked)
    return reply._replace(body=reply.body.replace(b"<Size>5242880</Size>", b"<Size>5242879</Size>"))


@finds(down("upload"), "keep the Host header", Host=another_host)
@finds(down("upload"), "limit on bodies", large_bodies=no_large_bodies)
@finds(down("upload"), "See storage's log", errors=failing)
def a_proxy_that_spoils(well: Well, rule: Rule) -> Iterator[Ground]:
    yield from browsers_get(well, rule)


@finds(down("upload"), "Do not run on this storage", bytes=rotten)
@finds(down("upload"), "may change what is sent", lists=shorter_lists)
def a_storage_that_spoils(well: Well, rule: Rule) -> Iterator[Ground]:
    yield from the_service_gets(well, rule)


@finds({"upload: length": WARN}, "fill your storage")
def any_length_is_taken(well: Well) -> Iterator[Ground]:
    def rule(asked: Asked, forward: Forward) -> Reply:
        return forward(asked._replace(body=asked.body.rstrip(b"!")) if is_part(asked) else asked)

    yield from browsers_get(well, rule)


@finds({"upload: checksums": WARN}, "checksum_algorithm")
def no_checksum_is_checked(well: Well) -> Iterator[Ground]:
    deps = well.ground.deps
    presigner = make_presigner(deps.settings, well.inner.url, utc_now)
    asked_anew = ChecksumProbe(deps.storage, presigner, PRIVATE, owe=lambda _at: None)

    def rule(asked: Asked, forward: Forward) -> Reply:
        return Reply(200, {"etag": '"x"'}) if is_part(asked) else forward(asked)

    with well.inner.doing(rule):
        yield well.with_parts(checksums=asked_anew)


@contextmanager
def second_completions(proxy: HarmfulProxy, answer: Reply) -> Iterator[None]:
    completed: set[str] = set()

    def rule(asked: Asked, forward: Forward) -> Reply:
        if not is_completion(asked):
            return forward(asked)
        if asked.path in completed:
            return answer
        completed.add(asked.path)
        return forward(asked)

    with proxy.doing(rule):
        yield


@finds({"upload: second completion": FAIL}, "could not be found out", parts=(400, "InvalidPart"), denied=(403, "No"))
@finds({}, "", unknown=(404, "NoSuchUpload"))
def a_second_completion(well: Well, answer: tuple[int, str]) -> Iterator[Ground]:
    """MinIO's is well: the service looks at the object."""
    with second_completions(well.inner, refusing(*answer)):
        yield well.ground


FIRST_PAGE = b"""<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>
<Part><PartNumber>1</PartNumber><ETag>"x"</ETag><Size>16</Size></Part></ListPartsResult>"""


@finds({"upload: paging": FAIL}, "uploads of more than 1,000 parts")
def lists_that_begin_anew(well: Well) -> Iterator[Ground]:
    def rule(asked: Asked, forward: Forward) -> Reply:
        return Reply(200, {}, FIRST_PAGE) if asked.query.get("max-parts") == "1" else forward(asked)

    yield from the_service_gets(well, rule)


# CORS


def preflights(**headers: str | None) -> Rule:
    """Answered with other headers."""

    def rule(asked: Asked, forward: Forward) -> Reply:
        reply = forward(asked)
        return reply.saying(**headers) if asked.method == "OPTIONS" and asked.headers["origin"] == PAGE else reply

    return rule


def parts(**headers: str | None) -> Rule:
    def rule(asked: Asked, forward: Forward) -> Reply:
        reply = forward(asked)
        return reply.saying(**headers) if is_part(asked) and asked.headers.get("origin") == PAGE else reply

    return rule


@finds(
    {"upload: CORS": FAIL},
    "name the origin there",
    nobody=preflights(access_control_allow_origin=None),
    others=preflights(access_control_allow_origin="https://other.example"),
    twice=preflights(access_control_allow_origin=f"{PAGE}, {PAGE}"),
    methods=preflights(access_control_allow_methods="GET, HEAD"),
    checksums=preflights(access_control_allow_headers="content-type"),
    types=preflights(access_control_allow_headers="x-amz-checksum-sha256,x-amz-sdk-checksum-algorithm"),
)
@finds({"upload: CORS: ETag": FAIL}, "name the origin there", answers=parts(access_control_allow_origin=None))
@finds({"upload: CORS: ETag": WARN}, "Expose ETag", etags=parts(access_control_expose_headers="x-amz-request-id"))
def cors_of_parts(well: Well, rule: Rule) -> Iterator[Ground]:
    yield from browsers_get(well, rule)


@finds({"upload: CORS": FAIL, "upload: CORS: ETag": FAIL}, "python -m jobs.prepare")
def no_cors_rule(well: Well) -> Iterator[Ground]:
    well.s3.delete_bucket_cors(Bucket=PRIVATE)
    yield well.ground
    well.ground.deps.storage.allow_origins(PRIVATE, well.ground.deps.settings.cors_origins)


@finds({"upload: CORS: foreign pages": WARN}, "instead of *")
def every_page_may_send_parts(well: Well) -> Iterator[Ground]:
    well.ground.deps.storage.allow_origins(PRIVATE, ("*",))
    yield well.ground
    well.ground.deps.storage.allow_origins(PRIVATE, well.ground.deps.settings.cors_origins)
