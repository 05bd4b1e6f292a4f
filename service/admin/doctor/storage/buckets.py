"""Checks of storage at both addresses: connection, clock, region, and access to the buckets."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError, SSLError

from service.admin.doctor.addresses import certificate
from service.admin.doctor.finding import Answer, Check, CheckContext, Finding, fail, ok, warn
from service.errors import StorageRefusedError, StorageUnavailableError
from service.storage.credentials import storage_credentials
from service.values import Location

SKEW_SECONDS = 60
"""S3 rejects signatures that are 15 minutes off, and clock differences shorten the life of URLs."""
PROBE = "doctor-probe"
PROBE_SECONDS = 60
"""Validity of the URL that reads storage's clock."""
RULE = "AbortIncompleteMultipartUpload"


def reachable(context: CheckContext) -> Finding:
    settings = context.deps.settings
    try:
        key = storage_credentials(settings)()
    except StorageUnavailableError as error:
        change = "Give the task, pod or instance its role (docs/recipes/storage.md), or set S3_CREDENTIALS=keys."
        return fail(f"the role supplies no key: {error.__cause__}", change)
    context.deps.storage.ping(settings.s3_private_bucket)
    until = f" until {key.expires_at:%Y-%m-%d %H:%M:%S %Z}" if key.expires_at else ""
    return ok(
        settings.s3_endpoint_url + (f", with the role's key {key.access_key}{until}" if settings.has_role else "")
    )


def reachable_by_browsers(context: CheckContext) -> Finding:
    url = context.deps.settings.s3_public_endpoint_url
    try:
        answer = context.http("GET", url)
    except SSLError:
        return certificate(context, url)
    except HTTPError as error:
        change = "Set S3_PUBLIC_ENDPOINT_URL to the address that browsers use, and pass all requests to storage there."
        return fail(f"{url} does not answer ({type(error).__name__})", change)
    return ok(f"{url} answers {answer.status}")


def clock(context: CheckContext) -> Finding:
    # presigned, so that it is storage that answers, and not the filter before it
    asked = Location(context.deps.settings.s3_private_bucket, PROBE)
    url = context.deps.presigner.sign_download(asked, "attachment", "text/plain", PROBE_SECONDS).url
    said = context.http("GET", url).headers.get("date")
    if said is None:
        return warn("the time of storage is unknown", "Let the proxy pass storage's Date header.")
    skew = abs((parsedate_to_datetime(said) - context.deps.clock()).total_seconds())
    if skew > SKEW_SECONDS:
        return fail(f"the clocks of storage and this host differ by {skew:.0f} s", "Run an NTP client on both hosts.")
    return ok(f"within {SKEW_SECONDS} s of this host")


def region(context: CheckContext) -> Finding:
    ours = context.deps.settings.s3_region
    try:
        location = context.s3.get_bucket_location(Bucket=context.deps.settings.s3_private_bucket)
    except (ClientError, BotoCoreError):
        return ok(f"{ours}; storage does not report its region")
    theirs = location.get("LocationConstraint") or "us-east-1"
    # Ceph returns the name of a placement, which is not a region
    if theirs != ours and "-" in theirs:
        return fail(f"the bucket is in {theirs}, but S3_REGION is {ours}", f"Set S3_REGION={theirs}.")
    return ok(ours)


def public_bucket_is_there(context: CheckContext) -> Finding:
    context.deps.storage.ping(context.deps.settings.s3_public_bucket)
    return ok(context.deps.settings.s3_public_bucket)


def adopted_buckets_can_be_read(context: CheckContext) -> Finding:
    """Each of ADOPT_BUCKETS can be listed, and its first object read."""
    buckets = context.deps.settings.adopt_buckets
    for bucket in buckets:
        try:
            listed, _ = context.deps.storage.objects_after(bucket, None, 1)
            for each in listed:
                context.deps.storage.head(Location(bucket, each.object_key))
        except StorageRefusedError as error:
            change = f"Allow storage's key s3:ListBucket and s3:GetObject on {bucket} (docs/recipes/storage.md)."
            return fail(f"{bucket} of ADOPT_BUCKETS cannot be read ({error.extra['storage_code']})", change)
    return ok(", ".join(buckets) or "ADOPT_BUCKETS is not set: no objects of other programs are adopted")


def private_is_private(context: CheckContext) -> Finding:
    bucket = context.deps.settings.s3_private_bucket
    base = f"{context.deps.settings.s3_public_endpoint_url}/{bucket}"
    status = _without_a_key(context, bucket, base).status
    listed = context.http("GET", base).status
    if 200 in {status, listed}:
        change = f"Remove the public policy or ACL from {bucket}: it contains unscanned files."
        return fail(f"{bucket} can be read without a key", change)
    return ok(f"{bucket} requires a key (answers {status})")


def public_is_public(context: CheckContext) -> Finding:
    settings = context.deps.settings
    if not settings.s3_public_base_url:
        return ok("S3_PUBLIC_BASE_URL is not set: clean files stay in the private bucket, with presigned links")
    answer = _without_a_key(context, settings.s3_public_bucket, settings.s3_public_base_url)
    if answer.status != 200:
        change = (
            "Add the bucket to the filter before storage: set S3_PUBLIC_BUCKET in Caddy's environment."
            if StorageRefusedError.FILTERED.encode() in answer.body
            else "Allow s3:GetObject on it without a key, or remove S3_PUBLIC_BASE_URL."
        )
        return fail(f"{settings.s3_public_base_url} answers {answer.status} without a key", change)
    return ok(f"{settings.s3_public_base_url} is public")


def lists_nothing(context: CheckContext) -> Finding:
    settings = context.deps.settings
    base = settings.s3_public_base_url or f"{settings.s3_public_endpoint_url}/{settings.s3_public_bucket}"
    answer = context.http("GET", f"{base}?list-type=2")
    if answer.status == 200 and b"<ListBucketResult" in answer.body:
        change = f"Allow public s3:GetObject on {settings.s3_public_bucket}, and not s3:ListBucket."
        return warn(f"{settings.s3_public_bucket} can be listed without a key", change)
    return ok(f"{settings.s3_public_bucket} cannot be listed without a key")


def written_by_us(context: CheckContext) -> Finding:
    settings = context.deps.settings
    for bucket in (settings.s3_private_bucket, settings.s3_public_bucket):
        answer = context.http("PUT", f"{settings.s3_public_endpoint_url}/{bucket}/{PROBE}", None, b"longshore doctor")
        if answer.status < 300:
            context.remove(bucket, PROBE)
            change = f"Remove the policy or ACL of {bucket} that allows public writing."
            return fail(f"{bucket} can be written without a key", change)
    return ok("writing requires a key")


def lifecycle(context: CheckContext) -> Finding:
    bucket = context.deps.settings.s3_private_bucket
    change = f"If storage supports it, add a rule {RULE} of 7 days to {bucket}, which works without the sweeper."
    try:
        rules = context.s3.get_bucket_lifecycle_configuration(Bucket=bucket).get("Rules", [])
    except (ClientError, BotoCoreError):
        return warn("no rule; only the sweeper aborts abandoned uploads", change)
    days = [rule[RULE]["DaysAfterInitiation"] for rule in rules if RULE in rule and rule["Status"] == "Enabled"]
    least = context.deps.settings.upload_ttl / 86_400
    if not days:
        return warn("no rule; only the sweeper aborts abandoned uploads", change)
    if min(days) < least:
        return fail(
            f"storage aborts uploads after {min(days)} days, but UPLOAD_TTL is {least:.1f}", "Make the rule longer."
        )
    return ok(f"storage aborts abandoned uploads after {min(days)} days")


def _without_a_key(context: CheckContext, bucket: str, base_url: str) -> Answer:
    """Return the answer to a GET without a key for an existing object."""
    context.s3.put_object(Bucket=bucket, Key=PROBE, Body=b"longshore doctor")
    try:
        return context.http("GET", f"{base_url}/{PROBE}")
    finally:
        context.remove(bucket, PROBE)


INSIDE: dict[str, Check] = {
    "reachable": reachable,
    "public bucket": public_bucket_is_there,
    "adopted buckets": adopted_buckets_can_be_read,
    "region": region,
    "lifecycle": lifecycle,
}
OUTSIDE: dict[str, Check] = {
    "reachable": reachable_by_browsers,
    "certificate": lambda context: certificate(context, context.deps.settings.s3_public_endpoint_url),
    "clock": clock,
    "private is private": private_is_private,
    "public is public": public_is_public,
    "public is not listed": lists_nothing,
    "writing": written_by_us,
}
