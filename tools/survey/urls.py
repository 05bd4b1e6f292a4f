"""Requests that a part's URL does not allow: other URLs, bodies, methods, times and keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import urllib3

from service.deps import utc_now
from tools.survey.surveyed import BODY, OTHER, SurveyedStore, put
from tools.survey.words import refusal

CHANGES: dict[str, Callable[[str], str]] = {
    "another signature": lambda url: url[:-8] + ("00000000" if url[-8:] != "00000000" else "11111111"),
    "another part number": lambda url: url.replace("partNumber=1", "partNumber=2"),
    "another key": lambda url: url.replace("/survey-", "/survey-0"),
    "a longer lifetime": lambda url: url.replace("X-Amz-Expires=", "X-Amz-Expires=1"),
    "the length removed from the signed headers": lambda url: url.replace("content-length%3B", ""),
    "an additional parameter": lambda url: url + "&x-id=UploadPart",
    "the signature removed": lambda url: url.partition("&X-Amz-Signature=")[0],
    "a part without any signature": lambda url: url.partition("&X-Amz-Algorithm=")[0],
    "an object without any signature": lambda url: url.partition("?")[0],
}


def as_signed(surveyed: SurveyedStore) -> str:
    """Send the signed request. If it is not accepted, the other results mean nothing."""
    with surveyed.upload() as upload:
        status = put(upload.url())
    return "accepted" if status == 200 else f"**error {status}**"


def changed(surveyed: SurveyedStore, change: Callable[[str], str]) -> str:
    """Send the signed bytes to a changed URL."""
    with surveyed.upload() as upload:
        return refusal(put(change(upload.url())))


def other_length(surveyed: SurveyedStore) -> str:
    """Send a byte more, and a byte less."""
    with surveyed.upload() as upload:
        answers = {refusal(put(upload.url(), body)) for body in (BODY + b"!", BODY[:-1])}
    return " / ".join(sorted(answers))


def no_length(surveyed: SurveyedStore) -> str:
    """Send a chunked body (Transfer-Encoding), which has no length in advance."""
    with surveyed.upload() as upload:
        body = iter([BODY, OTHER])
        return refusal(urllib3.request("PUT", upload.url(), body=body, timeout=30.0, retries=False).status)


def other_method(surveyed: SurveyedStore) -> str:
    """Send GET instead of PUT."""
    with surveyed.upload() as upload:
        return refusal(put(upload.url(), b"", method="GET"))


def other_secret(surveyed: SurveyedStore) -> str:
    """Use a URL that was signed with the access key and a wrong secret."""
    with surveyed.upload() as upload:
        return refusal(
            put(type(upload)(surveyed.with_secret("wrong-secret"), upload.at, upload.storage_id, None).url())
        )


def unsigned_content_type(surveyed: SurveyedStore) -> str:
    """Send the header that a browser adds for a Blob with a type."""
    with surveyed.upload() as upload:
        return refusal(put(upload.url(), headers={"Content-Type": "image/png"}))


def at_another_time(surveyed: SurveyedStore, away: timedelta) -> str:
    """Use a URL that is valid for a minute at another time."""

    def clock() -> datetime:
        return utc_now() + away

    with surveyed.upload() as upload:
        return refusal(put(upload.url(seconds=60, clock=clock)))


def anonymous_read(surveyed: SurveyedStore) -> str:
    """Read an object without any signature."""
    with surveyed.upload() as upload:
        upload.completed()
        return refusal(put(upload.url().partition("?")[0], b"", method="GET"))


CHECKS: dict[str, Callable[[SurveyedStore], str]] = {
    "the signed request": as_signed,
    **{title: partial(changed, change=change) for title, change in CHANGES.items()},
    "another length": other_length,
    "a body without a length": no_length,
    "another method": other_method,
    "another secret": other_secret,
    "a Content-Type that was not signed": unsigned_content_type,
    "an expired URL": partial(at_another_time, away=-timedelta(hours=1)),
    "a URL dated an hour ahead": partial(at_another_time, away=timedelta(hours=1)),
    "an object read without any signature": anonymous_read,
}
"""Title → the function that returns storage's result."""
