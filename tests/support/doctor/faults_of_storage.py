"""What can be broken about storage: by both of its addresses, and who may do what in the buckets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

from service.admin.doctor.finding import FAIL, WARN, Ground
from service.admin.doctor.storage import PROBE
from service.admin.doctor.storage_keys import ADMINISTRATION
from service.deps import utc_now
from service.errors import StorageRefusedError
from service.storage.client import make_client
from service.storage.s3 import Storage
from tests.support.doctor.certificates import make_certificate
from tests.support.doctor.faults import down, finds
from tests.support.doctor.faults_inside import NOBODY, NOT_LOCAL
from tests.support.doctor.healthy_deployment import (
    ABORT,
    OUTSIDE,
    PRIVATE,
    PUBLIC,
    RULE,
    SERVICE_POLICY,
    SERVICE_USER,
    UPLOAD_POLICY,
    UPLOAD_USER,
    Well,
    and_also,
)
from tests.support.faulty_proxy import Asked, Forward, LostError, Reply, Rule, harmful, refusing


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


def filtered(asked: Asked, forward: Forward) -> Reply:
    """As the filter before storage's public address."""
    if "X-Amz-Signature" in asked.query:
        return forward(asked)
    reply = refusing(403, StorageRefusedError.FILTERED)
    return reply._replace(body=b"") if asked.method == "HEAD" else reply


NO_PROBES = dict.fromkeys(("public storage: private is private", "public storage: public is public"), FAIL)
"""The doctor cannot write the objects that these checks read."""


@finds(
    down("storage", "upload") | NOT_HEALTHY | NO_PROBES,
    "Set S3_ENDPOINT_URL to the address of storage behind the filter",
)
def the_service_reaches_storage_through_the_filter(well: Well) -> Iterator[Ground]:
    yield from the_service_gets(well, filtered)


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


# its two keys


@finds(
    {"storage: service key": FAIL},
    "Create a user for the service",
    reaches_more=["s3:ListAllMyBuckets", "s3:ListBucket"],
)
@finds(
    {"storage: service key": WARN},
    "Remove the permission to create buckets",
    makes_buckets=["s3:CreateBucket", "s3:DeleteBucket"],
)
def a_service_key_that_may_too_much(well: Well, actions: list[str]) -> Iterator[Ground]:
    with well.store.policy(SERVICE_USER, and_also(SERVICE_POLICY, actions, "*")):
        yield well.ground


@finds(
    {"storage: service key": FAIL},
    "Create a user for the service",
    **ADMINISTRATION,
)
def a_service_key_that_administers(well: Well, request: tuple[str, str]) -> Iterator[Ground]:
    def rule(asked: Asked, forward: Forward) -> Reply:
        return Reply(200, {}) if (asked.method, asked.path) == request else forward(asked)

    yield from the_service_gets(well, rule)


@finds({"storage: upload key": WARN}, "set S3_UPLOAD_ACCESS_KEY")
def no_upload_key(well: Well) -> Iterator[Ground]:
    yield well.with_settings(s3_upload_access_key="", s3_upload_secret_key="")


@finds({"storage: upload key": FAIL}, "and nothing else", unknown="InvalidAccessKeyId", refused="AccessDenied")
def an_upload_key_that_may_nothing(well: Well, code: str) -> Iterator[Ground]:
    """What browsers get is another fault."""
    named = f"Credential={well.ground.deps.settings.s3_upload_access_key}/"

    def rule(asked: Asked, forward: Forward) -> Reply:
        return refusing(403, code) if named in asked.headers.get("authorization", "") else forward(asked)

    yield from the_service_gets(well, rule)


@finds(
    {"storage: upload key": FAIL},
    "and nothing else",
    reads=("s3:GetObject", f"{PRIVATE}/*"),
    lists=("s3:ListBucket", PRIVATE),
    lists_uploads=("s3:ListBucketMultipartUploads", PRIVATE),
    ends_uploads=("s3:AbortMultipartUpload", f"{PRIVATE}/*"),
    deletes=("s3:DeleteObject", f"{PRIVATE}/*"),
    writes_in_public=("s3:PutObject", f"{PUBLIC}/*"),
)
def an_upload_key_that_may_too_much(well: Well, allowed: tuple[str, str]) -> Iterator[Ground]:
    yield from upload_key_with(well, *allowed)


@finds({"storage: upload key": WARN}, "no finer permission")
def a_store_whose_writing_includes_deleting(well: Well) -> Iterator[Ground]:
    """As Garage's and Swift's, which have no bucket policies."""

    def rule(asked: Asked, forward: Forward) -> Reply:
        return refusing(501, "NotImplemented") if "policy" in asked.query else forward(asked)

    with well.inner.doing(rule):
        yield from upload_key_with(well, "s3:DeleteObject", f"{PRIVATE}/*")


def upload_key_with(well: Well, action: str, resource: str) -> Iterator[Ground]:
    with well.store.policy(UPLOAD_USER, and_also(UPLOAD_POLICY, action, f"arn:aws:s3:::{resource}")):
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


@finds(
    {"public storage: private is private": FAIL, "storage: upload key": FAIL},
    "it contains unscanned files",
    GetObject="/*",
    ListBucket="",
)
def a_private_bucket_that_is_public(well: Well, of: str) -> Iterator[Ground]:
    well.allow_everybody(PRIVATE, **({"GetObject": of} if of else {"ListBucket": of}))
    yield well.ground


@finds({"public storage: public is public": FAIL}, "Allow s3:GetObject")
def a_public_bucket_that_is_private(well: Well) -> Iterator[Ground]:
    well.s3.delete_bucket_policy(Bucket=PUBLIC)
    yield well.ground


@finds({"public storage: public is public": FAIL}, "S3_PUBLIC_BUCKET in Caddy's environment")
def a_filter_that_does_not_know_the_public_bucket(well: Well) -> Iterator[Ground]:
    def rule(asked: Asked, forward: Forward) -> Reply:
        return filtered(asked, forward) if asked.method == "GET" and PROBE in asked.path else forward(asked)

    yield from browsers_get(well, rule)


@finds({"public storage: public is not listed": WARN}, "and not s3:ListBucket")
def a_public_bucket_that_is_listed(well: Well) -> Iterator[Ground]:
    well.allow_everybody(PUBLIC, GetObject="/*", ListBucket="")
    yield well.ground


@finds({"public storage: writing": FAIL}, "allows public writing", private=PRIVATE, public=PUBLIC)
def a_bucket_that_everybody_writes(well: Well, bucket: str) -> Iterator[Ground]:
    well.allow_everybody(bucket, PutObject="/*", **({"GetObject": "/*"} if bucket == PUBLIC else {}))
    yield well.ground
