"""Build and sign a boto3 client's requests with less work; retries, redirects, errors and events stay botocore's.

A test compares the requests with botocore's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SIGNED_HEADERS_BLACKLIST
from botocore.awsrequest import AWSPreparedRequest
from botocore.endpoint import Endpoint

from service.storage.presign import ALGORITHM, signing_pads
from service.values.formats.urls import DEFAULT_PORTS

_EMPTY_SHA256 = sha256(b"").hexdigest()
_UNSIGNED = frozenset(SIGNED_HEADERS_BLACKLIST)
_WITHOUT_LENGTH = {"GET", "HEAD"}
_USUAL_SIGNING = {"region", "signing_name", "disableDoubleEncoding"}
_OF_OBJECTS = {
    *("CreateMultipartUpload", "ListParts", "CompleteMultipartUpload", "AbortMultipartUpload"),
    *("HeadObject", "GetObject", "DeleteObjects"),
}
"""Operations whose address depends on nothing but the bucket."""


def make_lean(client: Any) -> None:
    """Replace the parts of a boto3 client that build requests."""
    client._endpoint = LeanEndpoint(client)
    client._ruleset_resolver = KnownAddresses(client._ruleset_resolver)


class KnownAddresses:
    """Remembers the address of each bucket, which botocore computes for each call by S3's rules for endpoints."""

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver
        self._known: dict[tuple[str, str], Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._resolver, name)

    def construct_endpoint(self, operation_model: Any, call_args: Any, request_context: Any) -> Any:
        """Return what botocore's resolver returns; asked again after a failed attempt, which may be a redirect."""
        if operation_model.name not in _OF_OBJECTS:
            return self._resolver.construct_endpoint(operation_model, call_args, request_context)
        place = operation_model.name, call_args["Bucket"]
        if place not in self._known or "retries" in request_context:
            self._known[place] = self._resolver.construct_endpoint(operation_model, call_args, request_context)
        return self._known[place]


class LeanEndpoint(Endpoint):
    """botocore's endpoint of a client, for requests that are signed as S3's usually are; others are left to botocore.

    It omits the headers `amz-sdk-…` with the number of the attempt, which no S3 server needs.
    """

    def __init__(self, client: Any) -> None:
        made = client._endpoint
        parsers = made._response_parser_factory
        super().__init__(made.host, made._endpoint_prefix, made._event_emitter, parsers, made.http_session)
        self._signer = client._request_signer
        config = client.meta.config
        signs_bodies = (config.s3 or {}).get("payload_signing_enabled", True)
        self._is_usual = signs_bodies and not config.auth_scheme_preference

    def create_request(self, params: Any, operation_model: Any = None) -> Any:
        """Return a signed request."""
        if operation_model is None or not self._is_signed_as_usual(params):
            return super().create_request(params, operation_model)
        method, url, body, context = params["method"], params["url"], params["body"] or b"", params["context"]
        region = context["signing"].get("region") or self._signer.region_name
        key = self._signer._credentials.get_frozen_credentials()
        headers: Any = sign_headers(method, url, params["headers"], body, key, region, datetime.now(UTC))
        if method not in _WITHOUT_LENGTH:
            headers["Content-Length"] = str(len(body))
        return AWSPreparedRequest(method, url, headers, body or None, operation_model.has_streaming_output, context)

    def _is_signed_as_usual(self, params: Any) -> bool:
        context = params["context"]
        signing = context.get("signing", {})
        return (
            self._is_usual
            and self._signer._credentials is not None
            and context.get("auth_type") in {"v4", "s3v4"}
            and signing.keys() <= _USUAL_SIGNING
            and signing.get("signing_name") == "s3"
            and not context.get("has_streaming_input")
            and not context.get("unsigned_payload")
            and (not params["body"] or isinstance(params["body"], bytes))
        )

    def _needs_retry(
        self,
        attempts: int,
        operation_model: Any,
        request_dict: Any,
        response: Any = None,
        caught_exception: Exception | None = None,
    ) -> bool:
        if response is not None and response[1]["ResponseMetadata"].get("HTTPStatusCode", 500) < 300:
            return False
        asked: Any = super()
        return bool(asked._needs_retry(attempts, operation_model, request_dict, response, caught_exception))


def sign_headers(
    method: str, url: str, headers: Mapping[str, str], body: bytes, key: Any, region: str, now: datetime
) -> dict[str, str]:
    """Return the headers with a signature of the request; key: botocore's frozen credentials.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
    """
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    digest = sha256(body).hexdigest() if body else _EMPTY_SHA256
    sent = {**headers, "X-Amz-Date": stamp, "X-Amz-Content-SHA256": digest}
    if key.token:
        sent["X-Amz-Security-Token"] = key.token
    parts = urlsplit(url)
    values = {name.lower(): " ".join(text.split()) for name, text in sent.items()}
    values["host"] = _host(parts.scheme, parts.netloc)
    names = sorted(values.keys() - _UNSIGNED)
    joined = ";".join(names)
    lines = "".join(f"{name}:{values[name]}\n" for name in names)
    query = sorted(pair.partition("=")[::2] for pair in parts.query.split("&")) if parts.query else []
    asked = "&".join(f"{name}={text}" for name, text in query)
    canonical = f"{method}\n{parts.path}\n{asked}\n{lines}\n{joined}\n{digest}"
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    inner, outer = signing_pads(key.secret_key, region, stamp[:8])
    to_sign = f"{ALGORITHM}\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    signature = sha256(outer + sha256(inner + to_sign.encode()).digest()).hexdigest()
    credential = f"{key.access_key}/{scope}"
    sent["Authorization"] = f"{ALGORITHM} Credential={credential}, SignedHeaders={joined}, Signature={signature}"
    return sent


@lru_cache(maxsize=128)
def _host(scheme: str, authority: str) -> str:
    """Return the Host header that is sent for a URL's authority."""
    return authority.rpartition("@")[2].lower().removesuffix(f":{DEFAULT_PORTS[scheme]}")
