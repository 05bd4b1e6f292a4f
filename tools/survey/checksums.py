"""Checksums: which algorithms storage holds parts to, by which ways they can be left out, and what storage reports."""

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
from tools.survey.ground import BODY, BUCKET, OTHER, SECONDS, Ground, checksum, put
from tools.survey.words import refusal, whether

ALGORITHM = "SHA256"
HEADER = "x-amz-checksum-sha256"
RIGHT = checksum_headers(ALGORITHM, checksum(BODY))


def enforced(ground: Ground, algorithm: str) -> str:
    """Other bytes than the checksum's, by the service's own probe, which also wants the right ones taken."""
    return "refused" if algorithm in _enforced(ground) else "**let through**"


@cache
def _enforced(ground: Ground) -> frozenset[str]:
    presigner = make_presigner(ground.settings, ground.settings.s3_endpoint_url, utc_now)
    # there is no database here that could keep what is owed
    return ChecksumProbe(ground.storage, presigner, BUCKET, owe=lambda _at: None).enforced()


def with_headers(ground: Ground, headers: dict[str, str], query: str = "") -> str:
    """Other bytes by a URL that signs the checksum headers, with other headers."""
    with ground.upload(ALGORITHM) as upload:
        return refusal(put(upload.url(checksum=checksum(BODY)) + query, OTHER, headers))


def signed_into_the_query(ground: Ground) -> str:
    """Other bytes by a URL that has the checksum as a signed parameter, as some signers write it. Ours does not."""
    settings = ground.settings
    of_parts = part_credentials(settings)()
    key = Credentials(of_parts.access_key, of_parts.secret_key)
    with ground.upload(ALGORITHM) as upload:
        base = upload.url().partition("&X-Amz-Algorithm=")[0]
        request = AWSRequest("PUT", f"{base}&{HEADER}={checksum(BODY).replace('+', '%2B').replace('/', '%2F')}")
        S3SigV4QueryAuth(key, "s3", settings.s3_region, SECONDS).add_auth(request)
        return refusal(put(str(request.url), OTHER))


def reported_of_parts(ground: Ground) -> str:
    """Whether ListParts has the checksum that a part was sent with."""
    with ground.upload(ALGORITHM) as upload:
        put(upload.url(checksum=checksum(BODY)), headers=RIGHT)
        parts = ground.storage.list_parts(upload.at, upload.storage_id)
    return whether([part.checksum for part in parts] == [checksum(BODY)])


def reported_of_the_object(ground: Ground) -> str:
    """Whether HEAD has a checksum of the completed object."""
    with ground.upload(ALGORITHM) as upload:
        put(upload.url(checksum=checksum(BODY)), headers=RIGHT)
        return whether(upload.complete().checksum)


CHECKS: dict[str, Callable[[Ground], str]] = {
    **{f"other bytes than the {name}'s": partial(enforced, algorithm=name) for name in CHECKSUMS},
    "the checksum's header left out": lambda ground: with_headers(ground, {ALGORITHM_HEADER: ALGORITHM}),
    "all checksum headers left out": lambda ground: with_headers(ground, {}),
    "the other bytes' own checksum": lambda ground: with_headers(ground, RIGHT | {HEADER: checksum(OTHER)}),
    "the header moved into the query": lambda ground: with_headers(
        ground, {ALGORITHM_HEADER: ALGORITHM}, f"&{HEADER}=x"
    ),
    "other bytes than those of a checksum signed in the query": signed_into_the_query,
    "ListParts reports the parts' checksums": reported_of_parts,
    "HEAD reports the object's checksum": reported_of_the_object,
}
"""What is tried or asked → how storage answers."""
