"""The address that people use: the page and the API as they are from outside, behind whatever proxy there is."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError, SSLError

from service.admin.doctor.addresses import certificate, host_of, is_local, origin_of
from service.admin.doctor.cors import CALLS, NO_URL
from service.admin.doctor.finding import Answer, Check, Finding, Ground, fail, ok, skipped, warn

PLAIN = {443: 80, 9443: 9080}
"""HTTP's port beside that of HTTPS: the usual ones, and those of docker-compose.yml."""
YEAR = "max-age=31536000"


def reachable(ground: Ground) -> Finding:
    if not ground.url:
        return skipped(NO_URL)
    try:
        answer = ground.http("GET", f"{ground.url}/api/health/live")
    except SSLError:
        return certificate(ground, ground.url)
    except HTTPError as error:
        return fail(f"{ground.url} does not answer ({type(error).__name__})", "Is the proxy up, and the name right?")
    if answer.status != 200 or _data(answer) != {"live": True}:
        return fail(f"{ground.url} answers {answer.status}, not as the API", "Let the proxy pass /api/ to the service.")
    return ok(ground.url)


def certified(ground: Ground) -> Finding:
    if not ground.url.startswith("https:") and not is_local(ground.url):
        return fail("keys and links go over the net in the clear", "Put a proxy with TLS before the API.")
    return certificate(ground, ground.url)


def leads_to_https(ground: Ground) -> Finding:
    where = urlsplit(ground.url)
    port = PLAIN.get(where.port or 443)
    if where.scheme != "https" or port is None:
        return ok("there is no port of HTTP beside it")
    plain = f"http://{where.hostname}:{port}/"
    try:
        answer = ground.http("GET", plain)
    except HTTPError:
        return ok(f"nobody answers at {plain}")
    if not answer.headers.get("location", "").startswith("https://"):
        return fail(
            f"{plain} answers {answer.status} in the clear", "Let the proxy redirect all of HTTP to HTTPS (308)."
        )
    return ok(f"{plain} leads to HTTPS")


def healthy(ground: Ground) -> Finding:
    answer = ground.http("GET", f"{ground.url}/api/health/ready")
    said = _json(answer)
    change = "docs/monitoring.md has a line for each word; the findings about that part here say more."
    if answer.status != 200:
        return fail(", ".join(said.get("errors", [])) or f"it answers {answer.status}", change)
    bad = [f"[{part}] {word}" for part, word in said["data"].items() if word not in {"ok", "off"}]
    return warn(", ".join(bad), change) if bad else ok("every part answers")


def page(ground: Ground) -> Finding:
    answer = ground.http("GET", f"{ground.url}/")
    if answer.status != 200:
        return fail(
            f"the page is answered {answer.status}", "Build it (./dev up does), or set WEB_ROOT to where it is."
        )
    storage = origin_of(ground.deps.settings.s3_public_endpoint_url)
    sources = _directive(answer, "connect-src")
    names = {storage, "'self'"} if storage == origin_of(ground.url) else {storage}
    if sources is not None and not names & set(sources):
        change = "Let the proxy leave the page's Content-Security-Policy as it is, or set STORAGE_SOURCES there."
        return fail(f"the page's policy does not let it send to {storage}", change)
    return ok("it may send to storage")


def headers(ground: Ground) -> Finding:
    answer = ground.http("GET", f"{ground.url}/")
    there = {
        "Content-Security-Policy": _directive(answer, "default-src") is not None,
        "X-Content-Type-Options": answer.headers.get("x-content-type-options") == "nosniff",
        "Referrer-Policy": "referrer-policy" in answer.headers,
        "X-Frame-Options": "x-frame-options" in answer.headers or _directive(answer, "frame-ancestors") is not None,
    }
    if ground.url.startswith("https:") and not is_local(ground.url):
        there["Strict-Transport-Security"] = "strict-transport-security" in answer.headers
    missing = [name for name, is_there in there.items() if not is_there]
    if missing:
        change = f"Let the proxy pass the service's headers on, and set Strict-Transport-Security: {YEAR} itself."
        return warn(f"the page comes without {', '.join(missing)}", change)
    return ok("the page comes with its policies")


def login(ground: Ground) -> Finding:
    wanted = ground.deps.settings.login_required
    status = ground.http("GET", f"{ground.url}/api/v1/users/me").status
    if wanted and status != 401:
        return fail(f"who has no key is answered {status}", "Start the API there with LOGIN=on, as here.")
    return ok("who has no key is refused" if wanted else "login is off")


def metrics(ground: Ground) -> Finding:
    if ground.http("GET", f"{ground.url}/metrics").status == 200:
        return warn(
            f"{host_of(ground.url)} shows /metrics to everybody",
            "Set METRICS_TOKEN, or let the proxy pass /api/ alone.",
        )
    return ok("/metrics is not for everybody")


def _directive(answer: Answer, name: str) -> list[str] | None:
    """The words of a directive of the page's policy; None where it has none."""
    for directive in answer.headers.get("content-security-policy", "").split(";"):
        words = directive.split()
        if words and words[0] == name:
            return words[1:]
    return None


def _json(answer: Answer) -> dict[str, Any]:
    try:
        said = json.loads(answer.body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _data(answer: Answer) -> Any:
    return _json(answer).get("data")


CHECKS: dict[str, Check] = {
    "reachable": reachable,
    "certificate": certified,
    "HTTPS": leads_to_https,
    "health": healthy,
    "page": page,
    "headers": headers,
    "login": login,
    "metrics": metrics,
    **CALLS,
}
