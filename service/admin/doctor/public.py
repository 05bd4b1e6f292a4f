"""Checks of the public URL: the page and the API from outside, behind any proxy."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError, SSLError

from service.admin.doctor.addresses import certificate, host_of, is_local, origin_of
from service.admin.doctor.finding import Answer, Check, CheckContext, Finding, fail, ok, skipped, warn
from service.admin.doctor.storage.cors import CALLS, NO_URL

PLAIN = {443: 80, 9443: 9080}
"""The HTTP port for each HTTPS port: the standard ones, and those of docker-compose.yml."""
YEAR = "max-age=31536000"


def reachable(context: CheckContext) -> Finding:
    if not context.url:
        return skipped(NO_URL)
    try:
        answer = context.http("GET", f"{context.url}/api/health/live")
    except SSLError:
        return certificate(context, context.url)
    except HTTPError as error:
        return fail(
            f"{context.url} does not answer ({type(error).__name__})",
            "Check that the proxy is running and the host name is right.",
        )
    if answer.status != 200 or _data(answer) != {"live": True}:
        return fail(
            f"{context.url} answers {answer.status}, which is not the API", "Let the proxy pass /api/ to the service."
        )
    return ok(context.url)


def certified(context: CheckContext) -> Finding:
    if not context.url.startswith("https:") and not is_local(context.url):
        return fail("keys and links are sent unencrypted", "Put a proxy with TLS before the API.")
    return certificate(context, context.url)


def leads_to_https(context: CheckContext) -> Finding:
    where = urlsplit(context.url)
    port = PLAIN.get(where.port or 443)
    if where.scheme != "https" or port is None:
        return ok("there is no HTTP port to check")
    plain = f"http://{where.hostname}:{port}/"
    try:
        answer = context.http("GET", plain)
    except HTTPError:
        return ok(f"no answer at {plain}")
    if not answer.headers.get("location", "").startswith("https://"):
        return fail(f"{plain} answers {answer.status} without TLS", "Redirect all of HTTP to HTTPS (308) in the proxy.")
    return ok(f"{plain} redirects to HTTPS")


def healthy(context: CheckContext) -> Finding:
    answer = context.http("GET", f"{context.url}/api/health/ready")
    said = _json(answer)
    change = "Look up each word in docs/monitoring.md, and see the findings about that dependency."
    if answer.status != 200:
        return fail(", ".join(said.get("errors", [])) or f"the answer is {answer.status}", change)
    bad = [f"[{part}] {word}" for part, word in said["data"].items() if word not in {"ok", "off"}]
    return warn(", ".join(bad), change) if bad else ok("all dependencies answer")


def page(context: CheckContext) -> Finding:
    answer = context.http("GET", f"{context.url}/")
    if answer.status != 200:
        return fail(f"the page answers {answer.status}", "Build it (./dev up does), or set WEB_ROOT to its folder.")
    storage = origin_of(context.deps.settings.s3_public_endpoint_url)
    names = {storage, "'self'"} if storage == origin_of(context.url) else {storage}
    change = "Keep the page's Content-Security-Policy unchanged in the proxy, or set STORAGE_SOURCES there."
    sources = _directive(answer, "connect-src")
    if sources is not None and not names & set(sources):
        return fail(f"the page's policy does not allow uploads to {storage}", change)
    frames = next(filter(None, (_directive(answer, f"{name}-src") for name in ("frame", "child", "default"))), None)
    if frames is not None and not names & set(frames):
        return warn(f"the page's policy does not allow frames of {storage}: downloads interrupt uploads", change)
    return ok("the page can send to storage, and download from it")


def headers(context: CheckContext) -> Finding:
    answer = context.http("GET", f"{context.url}/")
    there = {
        "Content-Security-Policy": _directive(answer, "default-src") is not None,
        "X-Content-Type-Options": answer.headers.get("x-content-type-options") == "nosniff",
        "Referrer-Policy": "referrer-policy" in answer.headers,
        "X-Frame-Options": "x-frame-options" in answer.headers or _directive(answer, "frame-ancestors") is not None,
    }
    if context.url.startswith("https:") and not is_local(context.url):
        there["Strict-Transport-Security"] = "strict-transport-security" in answer.headers
    missing = [name for name, is_there in there.items() if not is_there]
    if missing:
        change = f"Pass the service's headers through the proxy, and set Strict-Transport-Security: {YEAR} there."
        return warn(f"the page lacks the headers {', '.join(missing)}", change)
    return ok("the page has its security headers")


def login(context: CheckContext) -> Finding:
    wanted = context.deps.settings.login_required
    status = context.http("GET", f"{context.url}/api/v1/users/me").status
    if wanted and status != 401:
        return fail(
            f"requests without a key are answered {status}", "Start that API with LOGIN=on, like this environment."
        )
    return ok("requests without a key are refused" if wanted else "login is off")


def metrics(context: CheckContext) -> Finding:
    if context.http("GET", f"{context.url}/metrics").status == 200:
        return warn(
            f"/metrics is public at {host_of(context.url)}",
            "Set METRICS_TOKEN, or do not publish /metrics in the proxy.",
        )
    return ok("/metrics is not public")


def _directive(answer: Answer, name: str) -> list[str] | None:
    """Return the values of a directive of the page's policy; None if it has no such directive."""
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
