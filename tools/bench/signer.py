"""Measure the presigning of part URLs: ours against botocore, minio-py, and the two hashes of each signature."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import boto3
from botocore.config import Config
from minio import Minio

from service.deps import utc_now
from service.storage.presign import Credentials, Endpoint, Presigner
from service.values import Location, PartToSign
from tools.bench.rig.measure import Claim, Report, medians, take_turns

ENDPOINT = "https://storage.example"
KEY = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
AT = Location("longshore-private", "0f8fad5b-d9cb-469f-a165-70867728950e")
UPLOAD_ID = "2~VmFsdWUgb2YgYSB0eXBpY2FsIHVwbG9hZCBpZA"
LENGTH = 16 * 2**20
SECONDS = 3600
URLS = {"longshore": 10_000, "two bare hashes": 10_000, "minio-py": 1_000, "botocore": 500}
"""URLs that each contestant signs in a round, for rounds of about the same length."""


def run() -> Report:
    contestants: dict[str, Callable[[], object]] = {
        "longshore": _longshore(),
        "two bare hashes": _bare_hashes(),
        "minio-py": _minio(),
        "botocore": _botocore(),
    }
    rounds = {
        name: [seconds / URLS[name] * 1e6 for seconds in taken] for name, taken in take_turns(contestants).items()
    }
    per_url = medians(rounds)
    return Report(
        name="signer",
        unit="µs a URL",
        medians=per_url,
        rounds=rounds,
        claims=[
            Claim("faster than botocore's generate_presigned_url", per_url["botocore"] / per_url["longshore"], 50),
            Claim("speed of the two bare hashes", per_url["two bare hashes"] / per_url["longshore"], 0.5),
            Claim("faster than minio-py", per_url["minio-py"] / per_url["longshore"], 10),
        ],
    )


def _longshore() -> Callable[[], object]:
    presigner = Presigner(Endpoint.at(ENDPOINT, "path"), "us-east-1", lambda: KEY, utc_now)
    parts = [PartToSign(number, LENGTH) for number in range(1, URLS["longshore"] + 1)]
    return lambda: presigner.sign_parts(AT, UPLOAD_ID, parts, SECONDS)


def _bare_hashes() -> Callable[[], object]:
    """Compute the SHA-256 of a canonical request and the HMAC of a string to sign, of the usual lengths, in hex."""
    request, to_sign, key = b"x" * 452, b"x" * 137, b"k" * 32

    def run() -> None:
        for _ in range(URLS["two bare hashes"]):
            sha256(request).hexdigest()
            hmac.digest(key, to_sign, "sha256").hex()

    return run


def _minio() -> Callable[[], object]:
    client = Minio("storage.example", access_key=KEY.access_key, secret_key=KEY.secret_key, region="us-east-1")

    def run() -> None:
        for number in range(1, URLS["minio-py"] + 1):
            client.get_presigned_url(
                "PUT",
                AT.bucket,
                AT.object_key,
                expires=timedelta(seconds=SECONDS),
                extra_query_params={"uploadId": UPLOAD_ID, "partNumber": str(number)},
            )

    return run


def _botocore() -> Callable[[], object]:
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id=KEY.access_key,
        aws_secret_access_key=KEY.secret_key,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )

    def run() -> None:
        for number in range(1, URLS["botocore"] + 1):
            params = {
                "Bucket": AT.bucket,
                "Key": AT.object_key,
                "UploadId": UPLOAD_ID,
                "PartNumber": number,
                "ContentLength": LENGTH,
            }
            client.generate_presigned_url("upload_part", Params=params, ExpiresIn=SECONDS)

    return run
