"""Attacks, and conditions for one PUT, that the service itself tries daily, here on a store without a proxy."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, partial

from botocore.exceptions import ClientError

from service.deps import make_presigner, utc_now
from service.storage.attacks import ATTACKS, ONE_PUT, Field, Outcome, Sender
from tools.survey.surveyed import BUCKET, SurveyedStore
from tools.survey.words import whether

PUBLIC = f"{BUCKET}-public"
PAGE = "https://page.example"
WORDS = {
    Outcome.REFUSED: "refused",
    Outcome.IGNORED: "no effect",
    Outcome.LET_THROUGH: "**let through**",
    Outcome.UNKNOWN: "error",
}


def attacked(surveyed: SurveyedStore, name: str) -> str:
    """Return the outcome of an attack on the store."""
    return WORDS[ATTACKS[name](field_of(surveyed))]


def meets(surveyed: SurveyedStore, name: str) -> str:
    """Return whether the store meets a condition for one PUT."""
    return whether(ONE_PUT[name](field_of(surveyed)))


@cache
def field_of(surveyed: SurveyedStore) -> Field:
    """Return the attacks' target: the store by its only address, with CORS rules if it has an API for them."""
    open_without_a_key(surveyed)
    surveyed.storage.allow_origins(BUCKET, (PAGE,))
    presigner, sender = make_presigner(surveyed.settings, surveyed.settings.s3_endpoint_url, utc_now), Sender()
    return Field(surveyed.storage, presigner, sender, presigner, sender, BUCKET, PUBLIC, origins=(PAGE,))


def open_without_a_key(surveyed: SurveyedStore) -> None:
    """Create a bucket that can be read without a key if the store has policies; otherwise it stays private."""
    surveyed.storage.ensure_bucket(PUBLIC)
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{PUBLIC}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    try:
        surveyed.client.put_bucket_policy(Bucket=PUBLIC, Policy=policy)
    except ClientError:
        return


CHECKS: dict[str, Callable[[SurveyedStore], str]] = {name: partial(attacked, name=name) for name in ATTACKS}
ONE_PUT_CHECKS: dict[str, Callable[[SurveyedStore], str]] = {name: partial(meets, name=name) for name in ONE_PUT}
"""Title → the function that returns storage's result."""
