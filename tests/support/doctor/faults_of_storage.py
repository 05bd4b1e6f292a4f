"""Faults of storage: both of its addresses, and the permissions of the buckets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

from service.admin.doctor.finding import FAIL, WARN, CheckContext
from service.admin.doctor.storage.buckets import PROBE
from service.admin.doctor.storage.keys import ADMINISTRATION
from service.deps import utc_now
from service.errors import StorageRefusedError
from service.storage.client import make_client
from service.storage.s3 import Storage
from tests.support.doctor.certificates import make_certificate
from tests.support.doctor.faults import down, finds
from tests.support.doctor.faults_inside import CLOSED_ADDRESS, NOT_LOCAL
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
    HealthyDeployment,
    and_also,
)
from tests.support.storage.faulty_proxy import Forward, LostError, ProxiedRequest, Reply, Rule, harmful, refusing


def lost(request: ProxiedRequest, forward: Forward) -> Reply:
    raise LostError


def browsers_get(healthy: HealthyDeployment, rule: Rule) -> Iterator[CheckContext]:
    with healthy.outer.doing(rule):
        yield healthy.context


def the_service_gets(healthy: HealthyDeployment, rule: Rule) -> Iterator[CheckContext]:
    with healthy.inner.doing(rule):
        yield healthy.context


def through(healthy: HealthyDeployment, url: str) -> Iterator[CheckContext]:
    """Storage for browsers is at another address, which the page may send to."""

    def policy(request: ProxiedRequest, forward: Forward) -> Reply:
        reply = forward(request)
        policy = reply.headers.get("content-security-policy")
        return reply.with_headers(content_security_policy=policy and policy.replace(healthy.outer.url, url))

    with healthy.front.doing(policy):
        yield healthy.with_settings(s3_public_endpoint_url=url)


# as the service reaches it


@finds(down("storage", "upload"), "Storage cannot be reached")
def storage_is_down(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    nobody = make_client(healthy.context.deps.settings, f"http://{CLOSED_ADDRESS}")
    yield healthy.with_parts(storage=Storage(nobody))


NOT_HEALTHY = {"public API: health": FAIL}
"""The API also reports it."""


@finds(
    down("storage", "upload") | NOT_HEALTHY,
    "check the service's storage settings",
    gone=(404, "NoSuchBucket"),
    anothers=(403, "AccessDenied"),
)
def the_private_bucket_is_not_ours(healthy: HealthyDeployment, answer: tuple[int, str]) -> Iterator[CheckContext]:
    yield from the_service_gets(healthy, for_bucket(PRIVATE, *answer))


@finds(
    {"storage: public bucket": FAIL} | NOT_HEALTHY,
    "check the service's storage settings",
    gone=(404, "NoSuchBucket"),
    anothers=(403, "AccessDenied"),
)
def the_public_bucket_is_not_ours(healthy: HealthyDeployment, answer: tuple[int, str]) -> Iterator[CheckContext]:
    yield from the_service_gets(healthy, for_bucket(PUBLIC, *answer))


def for_bucket(bucket: str, status: int, code: str) -> Rule:
    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        asks = request.method == "HEAD" and request.path == f"/{bucket}"
        return refusing(status, code)._replace(body=b"") if asks else forward(request)

    return rule


def filtered(request: ProxiedRequest, forward: Forward) -> Reply:
    """Like the filter before storage's public address."""
    if "X-Amz-Signature" in request.query:
        return forward(request)
    reply = refusing(403, StorageRefusedError.FILTERED)
    return reply._replace(body=b"") if request.method == "HEAD" else reply


NO_PROBES = dict.fromkeys(("public storage: private is private", "public storage: public is public"), FAIL)
"""The doctor cannot write the objects that these checks read."""


@finds(
    down("storage", "upload") | NOT_HEALTHY | NO_PROBES,
    "Set S3_ENDPOINT_URL to the address of storage behind the filter",
)
def the_service_reaches_storage_through_the_filter(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield from the_service_gets(healthy, filtered)


@finds({"storage: adopted buckets": FAIL}, "s3:ListBucket and s3:GetObject on doctor-missing")
def a_bucket_to_adopt_that_is_missing(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield healthy.with_settings(adopt_buckets=("doctor-missing",))


@finds({"storage: region": FAIL}, "Set S3_REGION=us-east-1")
def another_region(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield healthy.with_settings(s3_region="eu-central-1")


@finds({"storage: lifecycle": WARN}, ABORT)
def no_lifecycle(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    healthy.s3.delete_bucket_lifecycle(Bucket=PRIVATE)
    yield healthy.context


@finds({"storage: lifecycle": WARN}, ABORT, for_objects=RULE | {"Expiration": {"Days": 400}})
@finds({"storage: lifecycle": FAIL}, "Make the rule longer", too_short=RULE | {ABORT: {"DaysAfterInitiation": 1}})
@finds(
    {"storage: lifecycle": WARN}, ABORT, switched_off=RULE | {"Status": "Disabled", ABORT: {"DaysAfterInitiation": 7}}
)
def a_lifecycle(healthy: HealthyDeployment, rule: dict[str, object]) -> Iterator[CheckContext]:
    healthy.let_rules_be(rule)
    yield healthy.context


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
def a_service_key_that_may_too_much(healthy: HealthyDeployment, actions: list[str]) -> Iterator[CheckContext]:
    with healthy.store.policy(SERVICE_USER, and_also(SERVICE_POLICY, actions, "*")):
        yield healthy.context


@finds(
    {"storage: service key": FAIL},
    "Create a user for the service",
    **ADMINISTRATION,
)
def a_service_key_that_administers(healthy: HealthyDeployment, permitted: tuple[str, str]) -> Iterator[CheckContext]:
    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        return Reply(200, {}) if (request.method, request.path) == permitted else forward(request)

    yield from the_service_gets(healthy, rule)


@finds({"storage: upload key": WARN}, "set S3_UPLOAD_ACCESS_KEY")
def no_upload_key(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield healthy.with_settings(s3_upload_access_key="", s3_upload_secret_key="")


@finds({"storage: upload key": FAIL}, "and nothing else", unknown="InvalidAccessKeyId", refused="AccessDenied")
def an_upload_key_that_may_nothing(healthy: HealthyDeployment, code: str) -> Iterator[CheckContext]:
    """Browsers' responses are another fault."""
    named = f"Credential={healthy.context.deps.settings.s3_upload_access_key}/"

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        return refusing(403, code) if named in request.headers.get("authorization", "") else forward(request)

    yield from the_service_gets(healthy, rule)


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
def an_upload_key_that_may_too_much(healthy: HealthyDeployment, allowed: tuple[str, str]) -> Iterator[CheckContext]:
    yield from upload_key_with(healthy, *allowed)


@finds({"storage: upload key": WARN}, "no finer permission")
def a_store_whose_writing_includes_deleting(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    """Like Garage and Swift, which have no bucket policies."""

    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        return refusing(501, "NotImplemented") if "policy" in request.query else forward(request)

    with healthy.inner.doing(rule):
        yield from upload_key_with(healthy, "s3:DeleteObject", f"{PRIVATE}/*")


def upload_key_with(healthy: HealthyDeployment, action: str, resource: str) -> Iterator[CheckContext]:
    with healthy.store.policy(UPLOAD_USER, and_also(UPLOAD_POLICY, action, f"arn:aws:s3:::{resource}")):
        yield healthy.context


# as browsers reach it


@finds(down("public storage", "upload"), "Set S3_PUBLIC_ENDPOINT_URL")
def browsers_do_not_reach_storage(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield from browsers_get(healthy, lost)


@finds({"settings: encryption": WARN}, "Put TLS before storage")
def unencrypted_storage(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield from through(healthy, healthy.outer.url.replace("127.0.0.1", NOT_LOCAL))


@finds({"public storage: certificate": WARN}, "why it is not renewed")
def storages_certificate_ends_soon(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    with harmful(healthy.outer.target, OUTSIDE, str(healthy.folder / "soon.pem")) as other:
        yield from through(healthy, other.url)


@finds(down("public storage", "upload"), "SSL_CERT_FILE")
def storages_certificate_is_untrusted(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    with harmful(
        healthy.outer.target, OUTSIDE, str(make_certificate(healthy.folder / "nobody.pem", OUTSIDE, 90))
    ) as other:
        yield from through(healthy, other.url)


@finds({"public storage: clock": FAIL}, "Run an NTP client", behind=timedelta(minutes=-5), ahead=timedelta(minutes=5))
@finds({"public storage: clock": WARN}, "pass storage's Date", unknown=None)
def storages_clock(healthy: HealthyDeployment, skew: timedelta | None) -> Iterator[CheckContext]:
    date = None if skew is None else format_datetime(utc_now() + skew, usegmt=True)
    yield from browsers_get(healthy, lambda request, forward: forward(request).with_headers(date=date))


@finds(
    {"public storage: private is private": FAIL, "storage: upload key": FAIL},
    "it contains unscanned files",
    GetObject="/*",
    ListBucket="",
)
def a_private_bucket_that_is_public(healthy: HealthyDeployment, of: str) -> Iterator[CheckContext]:
    healthy.allow_public(PRIVATE, **({"GetObject": of} if of else {"ListBucket": of}))
    yield healthy.context


@finds({"public storage: public is public": FAIL}, "Allow s3:GetObject")
def a_public_bucket_that_is_private(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    healthy.s3.delete_bucket_policy(Bucket=PUBLIC)
    yield healthy.context


@finds({"public storage: public is public": FAIL}, "S3_PUBLIC_BUCKET in Caddy's environment")
def a_filter_that_does_not_know_the_public_bucket(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        return filtered(request, forward) if request.method == "GET" and PROBE in request.path else forward(request)

    yield from browsers_get(healthy, rule)


@finds({"public storage: public is not listed": WARN}, "and not s3:ListBucket")
def a_public_bucket_that_is_listed(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    healthy.allow_public(PUBLIC, GetObject="/*", ListBucket="")
    yield healthy.context


@finds({"public storage: writing": FAIL}, "allows public writing", private=PRIVATE, public=PUBLIC)
def a_publicly_writable_bucket(healthy: HealthyDeployment, bucket: str) -> Iterator[CheckContext]:
    healthy.allow_public(bucket, PutObject="/*", **({"GetObject": "/*"} if bucket == PUBLIC else {}))
    yield healthy.context
