"""moto for the API and job tests: two services, without what it builds again for each request."""

from __future__ import annotations

from functools import cached_property

from moto import backend_index
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import BaseBackend
from moto.s3.models import S3Backend, s3_backends
from requests.structures import CaseInsensitiveDict

SERVICES = {"s3", "iam"}
# moto registers every address of 170 services for each test and tries them all for each request: a third of the time
backend_index.backend_url_patterns[:] = [each for each in backend_index.backend_url_patterns if each[0] in SERVICES]
# it also builds the table of a backend's addresses for each request, which takes a twelfth of it
BaseBackend.urls = cached_property(BaseBackend.urls.fget)
BaseBackend.urls.__set_name__(BaseBackend, "urls")


def _storage() -> S3Backend:
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


def create_bucket(name: str, region: str) -> None:
    """Make what CreateBucket makes, without a request, which takes thirty times as long."""
    _storage().create_bucket(name, region)


def create_upload(bucket: str, object_key: str) -> str:
    """Make what CreateMultipartUpload makes, without a request; return the upload's id."""
    made = _storage().create_multipart_upload(bucket, object_key, CaseInsensitiveDict(), "STANDARD", {}, None, "", "")
    return str(made.id)
