"""Storage's two keys: each may do what it is for, and no more. What a key may do is tried, never read from its name."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.exceptions import ClientError

from service.admin.doctor.finding import Check, Finding, Ground, fail, ok, warn
from service.admin.doctor.upload import BODY, opened
from service.settings_checks import KEYS
from service.storage.client import QUICK_SECONDS, make_client
from service.storage.credentials import storage_credentials
from service.values import Location

ADMINISTRATION = {
    "MinIO": ("GET", "/minio/admin/v3/info"),
    "Ceph": ("GET", "/admin/bucket"),
    "versitygw": ("PATCH", "/list-users"),
}
"""What only an administrator's key is answered, by store; every other store refuses all of them."""
NO_POLICIES = frozenset({"NotImplemented", "MethodNotAllowed"})
"""How a store answers GetBucketPolicy whose permissions are no finer than reading and writing (Garage, Swift)."""
PART_OF_WRITING = frozenset({"end uploads", "delete objects"})
"""What such a store allows with writing."""
PUT_BY_UPLOAD_KEY = "-put"
FOREIGN_BUCKETS = 10
"""The most foreign buckets that are tried."""
OWN_USER = (
    "Give the service a user of its own with the policy of docs/recipes/storage.md, and make its key S3_ACCESS_KEY."
)
ONLY_PUT = "Allow the upload key s3:PutObject on {bucket}/* and nothing else, as docs/recipes/storage.md says."


def service_key(ground: Ground) -> Finding:
    """The service's key or role administers nothing, reaches no foreign bucket, and makes none."""
    for store, (method, path) in ADMINISTRATION.items():
        if _signed(ground, method, path) == 200:
            return fail(f"the service's key is an administrator's: {store}'s administration answers it", OWN_USER)
    ours = {ground.deps.settings.s3_private_bucket, ground.deps.settings.s3_public_bucket}
    foreign = [name for name in _buckets(ground.s3) if name not in ours][:FOREIGN_BUCKETS]
    for bucket in foreign:
        if _may(lambda bucket=bucket: ground.s3.list_objects_v2(Bucket=bucket, MaxKeys=1)):  # type: ignore[misc]
            return fail(f"the service's key also reaches the bucket {bucket}", OWN_USER)
    made = f"longshore-doctor-{uuid.uuid4().hex[:8]}"
    if _may(lambda: ground.s3.create_bucket(Bucket=made)):
        ground.s3.delete_bucket(Bucket=made)
        change = "Both buckets are there: take away the permission to make buckets, where storage has one for it."
        return warn("the service's key may make buckets", change)
    return ok("the service's key reaches its two buckets only")


def upload_key(ground: Ground) -> Finding:
    """The key that signs the URLs of parts puts objects into the private bucket, and does nothing else."""
    settings = ground.deps.settings
    bucket = settings.s3_private_bucket
    if not settings.has_upload_key:
        change = (
            "Make a key that may only put objects into the private bucket, and set S3_UPLOAD_ACCESS_KEY and"
            " S3_UPLOAD_SECRET_KEY: then storage rejects whatever else is tried with a part's URL."
        )
        return warn("the service's own key signs the URLs of parts", change)
    with _own_object(ground) as at:
        key = _upload_client(ground)
        try:
            # another object: on Ceph what a key has put is its own, also in another's bucket
            key.put_object(Bucket=bucket, Key=f"{at.object_key}{PUT_BY_UPLOAD_KEY}", Body=BODY)
        except ClientError as error:
            return fail(f"the upload key may not put objects ({_code(error)})", ONLY_PUT.format(bucket=bucket))
        allowed = [what for what, call in _too_much(ground, key, at).items() if _may(call)]
    if not allowed:
        return ok("the upload key may put objects into the private bucket only")
    says = f"the upload key may {', '.join(allowed)}"
    if set(allowed) <= PART_OF_WRITING and not _has_policies(ground):
        return warn(says, "This storage has no finer permission than writing, which includes that: keep URL_TTL low.")
    return fail(says, ONLY_PUT.format(bucket=bucket))


def _too_much(ground: Ground, key: Any, at: Location) -> dict[str, Callable[[], Any]]:
    """What the upload key must not be able to do to the object `at` and beside it, in this order."""
    settings, where = ground.deps.settings, {"Bucket": at.bucket, "Key": at.object_key}

    def write_public() -> None:
        key.put_object(Bucket=settings.s3_public_bucket, Key=at.object_key, Body=BODY)
        ground.remove(settings.s3_public_bucket, at.object_key)

    def end_upload() -> None:
        with opened(ground) as (other, upload_id):
            key.abort_multipart_upload(Bucket=other.bucket, Key=other.object_key, UploadId=upload_id)

    def delete() -> bool:
        for call in (
            lambda: key.delete_object(**where),
            lambda: key.delete_objects(Bucket=at.bucket, Delete={"Objects": [{"Key": at.object_key}]}),
        ):
            _may(call)  # there are stores that answer 200 or 204 and delete nothing
        return ground.deps.storage.head(at) is None

    return {
        "read objects": lambda: key.get_object(**where),
        "list objects": lambda: key.list_objects_v2(Bucket=at.bucket, MaxKeys=1),
        "list open uploads": lambda: key.list_multipart_uploads(Bucket=at.bucket, MaxUploads=1),
        "write into the public bucket": write_public,
        "end uploads": end_upload,
        "delete objects": delete,
    }


@contextmanager
def _own_object(ground: Ground) -> Iterator[Location]:
    """An object in the private bucket, of which nothing stays behind, nor of what the upload key puts beside it."""
    at = Location(ground.deps.settings.s3_private_bucket, f"doctor-{uuid.uuid4()}")
    ground.s3.put_object(Bucket=at.bucket, Key=at.object_key, Body=BODY)
    try:
        yield at
    finally:
        ground.remove(at.bucket, at.object_key, f"{at.object_key}{PUT_BY_UPLOAD_KEY}")


def _upload_client(ground: Ground) -> Any:
    """boto3's client with the upload key, on storage as the service reaches it."""
    settings = ground.deps.settings
    as_upload = replace(
        settings,
        s3_credentials=KEYS,
        s3_access_key=settings.s3_upload_access_key,
        s3_secret_key=settings.s3_upload_secret_key,
    )
    return make_client(as_upload, settings.s3_endpoint_url, QUICK_SECONDS)


def _signed(ground: Ground, method: str, path: str) -> int:
    """What a request that S3 does not know is answered, signed by the service's key."""
    settings, key = ground.deps.settings, storage_credentials(ground.deps.settings)()
    parts = urlsplit(settings.s3_endpoint_url)
    request = AWSRequest(method, f"{parts.scheme}://{parts.netloc}{path}")
    credentials = BotocoreCredentials(key.access_key, key.secret_key, key.session_token)
    S3SigV4Auth(credentials, "s3", settings.s3_region).add_auth(request)
    return ground.http(method, request.url, dict(request.headers.items())).status


def _buckets(client: Any) -> list[str]:
    with suppress(ClientError):
        return [bucket["Name"] for bucket in client.list_buckets().get("Buckets", [])]
    return []


def _has_policies(ground: Ground) -> bool:
    try:
        ground.s3.get_bucket_policy(Bucket=ground.deps.settings.s3_private_bucket)
    except ClientError as error:
        return _code(error) not in NO_POLICIES
    return True


def _may(call: Callable[[], Any]) -> bool:
    """Whether storage lets it pass, and, where the call looks again and returns False, did it."""
    try:
        return call() is not False
    except ClientError:
        return False


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


CHECKS: dict[str, Check] = {"service key": service_key, "upload key": upload_key}
