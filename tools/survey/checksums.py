"""Checksums: which algorithms storage enforces, how they can be bypassed, and what storage reports."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from service.deps import make_presigner, utc_now
from service.storage.credentials import part_credentials
from service.storage.presign import ALGORITHM_HEADER, checksum_headers
from service.storage.probe import CHECKSUMS, ChecksumProbe
from tools.survey.surveyed import BODY, BUCKET, OTHER, SECONDS, SurveyedStore, checksum, put
from tools.survey.words import refusal, whether

ALGORITHM = "SHA256"
HEADER = "x-amz-checksum-sha256"
RIGHT = checksum_headers(ALGORITHM, checksum(BODY))


def enforced(surveyed: SurveyedStore, algorithm: str) -> str:
    """Send other bytes than the checksum's by the service's own probe, which also sends the right ones."""
    return "refused" if algorithm in _enforced(surveyed) else "**let through**"


@cache
def _enforced(surveyed: SurveyedStore) -> frozenset[str]:
    presigner = make_presigner(surveyed.settings, surveyed.settings.s3_endpoint_url, utc_now)
    # there is no database here for pending deletions
    return ChecksumProbe(surveyed.storage, presigner, BUCKET, plan_cleanup=lambda _at: None).enforced()


def with_headers(surveyed: SurveyedStore, headers: dict[str, str], query: str = "") -> str:
    """Send other bytes with other headers to a URL that signs the checksum headers."""
    with surveyed.upload(ALGORITHM) as upload:
        return refusal(put(upload.url(checksum=checksum(BODY)) + query, OTHER, headers))


def signed_into_the_query(surveyed: SurveyedStore) -> str:
    """Send other bytes to a URL with the checksum as a signed parameter, as other signers than ours write it."""
    settings = surveyed.settings
    of_parts = part_credentials(settings)()
    key = Credentials(of_parts.access_key, of_parts.secret_key)
    with surveyed.upload(ALGORITHM) as upload:
        base = upload.url().partition("&X-Amz-Algorithm=")[0]
        request = AWSRequest("PUT", f"{base}&{HEADER}={checksum(BODY).replace('+', '%2B').replace('/', '%2F')}")
        S3SigV4QueryAuth(key, "s3", settings.s3_region, SECONDS).add_auth(request)
        return refusal(put(str(request.url), OTHER))


def reported_of_parts(surveyed: SurveyedStore) -> str:
    """Whether ListParts has the checksum that a part was sent with."""
    with surveyed.upload(ALGORITHM) as upload:
        put(upload.url(checksum=checksum(BODY)), headers=RIGHT)
        parts = surveyed.storage.list_parts(upload.at, upload.storage_id)
    return whether([part.checksum for part in parts] == [checksum(BODY)])


def reported_of_the_object(surveyed: SurveyedStore) -> str:
    """Whether HEAD has a checksum of the completed object."""
    with surveyed.upload(ALGORITHM) as upload:
        put(upload.url(checksum=checksum(BODY)), headers=RIGHT)
        return whether(upload.complete().checksum)


CHECKS: dict[str, Callable[[SurveyedStore], str]] = {
    **{f"other bytes than the {name}'s": partial(enforced, algorithm=name) for name in CHECKSUMS},
    "the checksum's header removed": lambda surveyed: with_headers(surveyed, {ALGORITHM_HEADER: ALGORITHM}),
    "all checksum headers removed": lambda surveyed: with_headers(surveyed, {}),
    "the other bytes' own checksum": lambda surveyed: with_headers(surveyed, RIGHT | {HEADER: checksum(OTHER)}),
    "the header moved into the query": lambda surveyed: with_headers(
        surveyed, {ALGORITHM_HEADER: ALGORITHM}, f"&{HEADER}=x"
    ),
    "other bytes than those of a checksum signed in the query": signed_into_the_query,
    "ListParts reports the parts' checksums": reported_of_parts,
    "HEAD reports the object's checksum": reported_of_the_object,
}
"""Title → the function that returns storage's result."""
