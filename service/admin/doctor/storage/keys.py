"""Checks of storage's two keys: each has only the permissions that it needs, which is tried out."""

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

from service.admin.doctor.finding import Check, CheckContext, Finding, fail, ok, warn
from service.admin.doctor.storage.upload import BODY, opened
from service.settings_checks import KEYS
from service.storage.client import QUICK_SECONDS, make_client
from service.storage.credentials import storage_credentials
from service.values import Location

ADMINISTRATION = {
    "MinIO": ("GET", "/minio/admin/v3/info"),
    "Ceph": ("GET", "/admin/bucket"),
    "versitygw": ("PATCH", "/list-users"),
}
"""Requests by store that only an administrator's key may send; other stores reject them all."""
NO_POLICIES = frozenset({"NotImplemented", "MethodNotAllowed"})
"""Answers to GetBucketPolicy of stores that only have permissions to read and write (Garage, Swift)."""
PART_OF_WRITING = frozenset({"end uploads", "delete objects"})
"""The operations that such a store allows with the permission to write."""
PUT_BY_UPLOAD_KEY = "-put"
FOREIGN_BUCKETS = 10
"""Maximum number of foreign buckets to try."""
OWN_USER = "Create a user for the service with the policy of docs/recipes/storage.md, and use its key as S3_ACCESS_KEY."
ONLY_PUT = "Allow the upload key s3:PutObject on {bucket}/* and nothing else (docs/recipes/storage.md)."


def service_key(context: CheckContext) -> Finding:
    """Check that the service's key or role cannot administer storage, use other buckets or create one."""
    for store, (method, path) in ADMINISTRATION.items():
        if _signed(context, method, path) == 200:
            return fail(f"the service's key is an administrator's key of {store}", OWN_USER)
    ours = {context.deps.settings.s3_private_bucket, context.deps.settings.s3_public_bucket}
    foreign = [name for name in _buckets(context.s3) if name not in ours][:FOREIGN_BUCKETS]
    for bucket in foreign:
        if _may(lambda bucket=bucket: context.s3.list_objects_v2(Bucket=bucket, MaxKeys=1)):  # type: ignore[misc]
            return fail(f"the service's key can also read the bucket {bucket}", OWN_USER)
    made = f"longshore-doctor-{uuid.uuid4().hex[:8]}"
    if _may(lambda: context.s3.create_bucket(Bucket=made)):
        context.s3.delete_bucket(Bucket=made)
        change = "Remove the permission to create buckets, if storage has one: both buckets exist."
        return warn("the service's key can create buckets", change)
    return ok("the service's key can only use its two buckets")


def upload_key(context: CheckContext) -> Finding:
    """Check that the key that signs part URLs can only put objects into the private bucket."""
    settings = context.deps.settings
    bucket = settings.s3_private_bucket
    if not settings.has_upload_key:
        change = (
            "Create a key that can only put objects into the private bucket, and set S3_UPLOAD_ACCESS_KEY and"
            " S3_UPLOAD_SECRET_KEY: storage then rejects any other request with a part's URL."
        )
        return warn("the service's own key signs part URLs", change)
    with _own_object(context) as at:
        key = _upload_client(context)
        try:
            # another object: on Ceph a key owns the objects that it puts, also in another user's bucket
            key.put_object(Bucket=bucket, Key=f"{at.object_key}{PUT_BY_UPLOAD_KEY}", Body=BODY)
        except ClientError as error:
            return fail(f"the upload key cannot put objects ({_code(error)})", ONLY_PUT.format(bucket=bucket))
        allowed = [what for what, call in _too_much(context, key, at).items() if _may(call)]
    if not allowed:
        return ok("the upload key can only put objects into the private bucket")
    says = f"the upload key can {', '.join(allowed)}"
    if set(allowed) <= PART_OF_WRITING and not _has_policies(context):
        return warn(says, "Keep URL_TTL low: this storage has no finer permission than writing, which includes that.")
    return fail(says, ONLY_PUT.format(bucket=bucket))


def _too_much(context: CheckContext, key: Any, at: Location) -> dict[str, Callable[[], Any]]:
    """Return the calls that the upload key must not be able to make, in this order."""
    settings, where = context.deps.settings, {"Bucket": at.bucket, "Key": at.object_key}

    def write_public() -> None:
        key.put_object(Bucket=settings.s3_public_bucket, Key=at.object_key, Body=BODY)
        context.remove(settings.s3_public_bucket, at.object_key)

    def end_upload() -> None:
        with opened(context) as (other, upload_id):
            key.abort_multipart_upload(Bucket=other.bucket, Key=other.object_key, UploadId=upload_id)

    def delete() -> bool:
        for call in (
            lambda: key.delete_object(**where),
            lambda: key.delete_objects(Bucket=at.bucket, Delete={"Objects": [{"Key": at.object_key}]}),
        ):
            _may(call)  # some stores answer 200 or 204 and delete nothing
        return context.deps.storage.head(at) is None

    return {
        "read objects": lambda: key.get_object(**where),
        "list objects": lambda: key.list_objects_v2(Bucket=at.bucket, MaxKeys=1),
        "list open uploads": lambda: key.list_multipart_uploads(Bucket=at.bucket, MaxUploads=1),
        "write into the public bucket": write_public,
        "end uploads": end_upload,
        "delete objects": delete,
    }


@contextmanager
def _own_object(context: CheckContext) -> Iterator[Location]:
    """Create an object in the private bucket; delete it and the upload key's object at the end."""
    at = Location(context.deps.settings.s3_private_bucket, f"doctor-{uuid.uuid4()}")
    context.s3.put_object(Bucket=at.bucket, Key=at.object_key, Body=BODY)
    try:
        yield at
    finally:
        context.remove(at.bucket, at.object_key, f"{at.object_key}{PUT_BY_UPLOAD_KEY}")


def _upload_client(context: CheckContext) -> Any:
    """Return boto3's client with the upload key, for storage at the service's address."""
    settings = context.deps.settings
    as_upload = replace(
        settings,
        s3_credentials=KEYS,
        s3_access_key=settings.s3_upload_access_key,
        s3_secret_key=settings.s3_upload_secret_key,
    )
    return make_client(as_upload, settings.s3_endpoint_url, QUICK_SECONDS)


def _signed(context: CheckContext, method: str, path: str) -> int:
    """Return the status of a request outside of S3, signed with the service's key."""
    settings, key = context.deps.settings, storage_credentials(context.deps.settings)()
    parts = urlsplit(settings.s3_endpoint_url)
    request = AWSRequest(method, f"{parts.scheme}://{parts.netloc}{path}")
    credentials = BotocoreCredentials(key.access_key, key.secret_key, key.session_token)
    S3SigV4Auth(credentials, "s3", settings.s3_region).add_auth(request)
    return context.http(method, request.url, dict(request.headers.items())).status


def _buckets(client: Any) -> list[str]:
    with suppress(ClientError):
        return [bucket["Name"] for bucket in client.list_buckets().get("Buckets", [])]
    return []


def _has_policies(context: CheckContext) -> bool:
    try:
        context.s3.get_bucket_policy(Bucket=context.deps.settings.s3_private_bucket)
    except ClientError as error:
        return _code(error) not in NO_POLICIES
    return True


def _may(call: Callable[[], Any]) -> bool:
    """Whether storage permits the call; False also if the call finds that nothing changed."""
    try:
        return call() is not False
    except ClientError:
        return False


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


CHECKS: dict[str, Check] = {"service key": service_key, "upload key": upload_key}
