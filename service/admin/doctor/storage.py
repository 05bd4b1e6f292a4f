"""Storage by both of its addresses: there, of our time and region, its buckets open to whom they should be."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError, SSLError

from service.admin.doctor.addresses import certificate
from service.admin.doctor.finding import Answer, Check, Finding, Ground, fail, ok, warn
from service.errors import StorageRefusedError, StorageUnavailableError
from service.storage.credentials import storage_credentials
from service.values import Location

SKEW_SECONDS = 60
"""S3 refuses signatures that are 15 minutes off; a URL that lives for minutes loses what the clocks differ."""
PROBE = "doctor-probe"
PROBE_SECONDS = 60
"""How long the URL lives by which storage is asked for its clock."""
RULE = "AbortIncompleteMultipartUpload"


def reachable(ground: Ground) -> Finding:
    settings = ground.deps.settings
    try:
        key = storage_credentials(settings)()
    except StorageUnavailableError as error:
        change = "Give the task, pod or instance its role, as docs/recipes/storage.md says, or set S3_CREDENTIALS=keys."
        return fail(f"no key for storage: {error.__cause__}", change)
    ground.deps.storage.ping(settings.s3_private_bucket)
    until = f" until {key.expires_at:%Y-%m-%d %H:%M:%S %Z}" if key.expires_at else ""
    return ok(
        settings.s3_endpoint_url + (f", with the role's key {key.access_key}{until}" if settings.has_role else "")
    )


def reachable_by_browsers(ground: Ground) -> Finding:
    url = ground.deps.settings.s3_public_endpoint_url
    try:
        answer = ground.http("GET", url)
    except SSLError:
        return certificate(ground, url)
    except HTTPError as error:
        change = (
            "Set S3_PUBLIC_ENDPOINT_URL to the address that browsers use, and let the proxy there pass all to storage."
        )
        return fail(f"{url} does not answer ({type(error).__name__})", change)
    return ok(f"{url} answers {answer.status}")


def clock(ground: Ground) -> Finding:
    # presigned, so that it is storage that answers, and not the filter before it
    asked = Location(ground.deps.settings.s3_private_bucket, PROBE)
    url = ground.deps.presigner.sign_download(asked, "attachment", "text/plain", PROBE_SECONDS).url
    said = ground.http("GET", url).headers.get("date")
    if said is None:
        return warn("storage says no time", "Let the proxy pass storage's Date header.")
    skew = abs((parsedate_to_datetime(said) - ground.deps.clock()).total_seconds())
    if skew > SKEW_SECONDS:
        return fail(f"storage's clock and ours differ by {skew:.0f} s", "Run an NTP client on both hosts.")
    return ok(f"within {SKEW_SECONDS} s of ours")


def region(ground: Ground) -> Finding:
    ours = ground.deps.settings.s3_region
    try:
        location = ground.s3.get_bucket_location(Bucket=ground.deps.settings.s3_private_bucket)
    except (ClientError, BotoCoreError):
        return ok(f"{ours}; storage does not tell its own")
    theirs = location.get("LocationConstraint") or "us-east-1"
    # a name of a placement, as Ceph gives it, is no region
    if theirs != ours and "-" in theirs:
        return fail(f"the bucket is in {theirs}, S3_REGION is {ours}", f"Set S3_REGION={theirs}.")
    return ok(ours)


def public_bucket_is_there(ground: Ground) -> Finding:
    ground.deps.storage.ping(ground.deps.settings.s3_public_bucket)
    return ok(ground.deps.settings.s3_public_bucket)


def private_is_private(ground: Ground) -> Finding:
    bucket = ground.deps.settings.s3_private_bucket
    base = f"{ground.deps.settings.s3_public_endpoint_url}/{bucket}"
    status = _without_a_key(ground, bucket, base).status
    listed = ground.http("GET", base).status
    if 200 in {status, listed}:
        change = f"Take the policy or ACL for everybody from {bucket}: unscanned files lie there."
        return fail(f"{bucket} can be read without a key", change)
    return ok(f"{bucket} wants a key (answers {status})")


def public_is_public(ground: Ground) -> Finding:
    settings = ground.deps.settings
    if not settings.s3_public_base_url:
        return ok("S3_PUBLIC_BASE_URL is not set: public files are given by presigned links")
    answer = _without_a_key(ground, settings.s3_public_bucket, settings.s3_public_base_url)
    if answer.status != 200:
        change = (
            "Name the bucket to the filter before storage: S3_PUBLIC_BUCKET in Caddy's environment."
            if StorageRefusedError.FILTERED.encode() in answer.body
            else "Allow s3:GetObject on it without a key, or leave S3_PUBLIC_BASE_URL out."
        )
        return fail(f"{settings.s3_public_base_url} answers {answer.status} to those without a key", change)
    return ok(f"{settings.s3_public_base_url} serves everybody")


def lists_nothing(ground: Ground) -> Finding:
    settings = ground.deps.settings
    base = settings.s3_public_base_url or f"{settings.s3_public_endpoint_url}/{settings.s3_public_bucket}"
    answer = ground.http("GET", f"{base}?list-type=2")
    if answer.status == 200 and b"<ListBucketResult" in answer.body:
        change = f"Allow everybody s3:GetObject on {settings.s3_public_bucket}, and not s3:ListBucket."
        return warn(f"{settings.s3_public_bucket} tells everybody what is in it", change)
    return ok(f"{settings.s3_public_bucket} does not tell what is in it")


def written_by_us(ground: Ground) -> Finding:
    settings = ground.deps.settings
    for bucket in (settings.s3_private_bucket, settings.s3_public_bucket):
        answer = ground.http("PUT", f"{settings.s3_public_endpoint_url}/{bucket}/{PROBE}", None, b"longshore doctor")
        if answer.status < 300:
            ground.remove(bucket, PROBE)
            change = f"Take the policy or ACL that lets everybody write from {bucket}."
            return fail(f"{bucket} can be written without a key", change)
    return ok("writing wants a key")


def lifecycle(ground: Ground) -> Finding:
    bucket = ground.deps.settings.s3_private_bucket
    change = f"If storage can, add a rule {RULE} of 7 days to {bucket}: it is there when no sweeper is."
    try:
        rules = ground.s3.get_bucket_lifecycle_configuration(Bucket=bucket).get("Rules", [])
    except (ClientError, BotoCoreError):
        return warn("no rule; the sweeper alone ends what is left open", change)
    days = [rule[RULE]["DaysAfterInitiation"] for rule in rules if RULE in rule and rule["Status"] == "Enabled"]
    least = ground.deps.settings.upload_ttl / 86_400
    if not days:
        return warn("no rule; the sweeper alone ends what is left open", change)
    if min(days) < least:
        return fail(f"storage ends uploads after {min(days)} days, UPLOAD_TTL is {least:.1f}", "Make the rule longer.")
    return ok(f"storage ends what is left open after {min(days)} days")


def _without_a_key(ground: Ground, bucket: str, base_url: str) -> Answer:
    """What a GET without a key answers for an object that is there."""
    ground.s3.put_object(Bucket=bucket, Key=PROBE, Body=b"longshore doctor")
    try:
        return ground.http("GET", f"{base_url}/{PROBE}")
    finally:
        ground.remove(bucket, PROBE)


INSIDE: dict[str, Check] = {
    "reachable": reachable,
    "public bucket": public_bucket_is_there,
    "region": region,
    "lifecycle": lifecycle,
}
OUTSIDE: dict[str, Check] = {
    "reachable": reachable_by_browsers,
    "certificate": lambda ground: certificate(ground, ground.deps.settings.s3_public_endpoint_url),
    "clock": clock,
    "private is private": private_is_private,
    "public is public": public_is_public,
    "public is not listed": lists_nothing,
    "writing": written_by_us,
}
