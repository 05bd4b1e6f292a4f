"""Faults of the public address and of other ports."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

from service.admin.doctor import ports
from service.admin.doctor.finding import FAIL, WARN, CheckContext
from service.admin.doctor.storage.cors import CALL
from tests.support.doctor.certificates import make_certificate
from tests.support.doctor.faults import down, finds
from tests.support.doctor.faults_of_storage import lost
from tests.support.doctor.faults_of_uploads import preflights
from tests.support.doctor.healthy_deployment import OUTSIDE, HealthyDeployment
from tests.support.storage.faulty_proxy import Forward, ProxiedRequest, Reply, Rule, honest

NAMES = tuple(ports.PRIVATE.values())


def people_get(healthy: HealthyDeployment, rule: Rule, path: str | None = None) -> Iterator[CheckContext]:
    """Change the response of one path, or of all."""

    def there(request: ProxiedRequest, forward: Forward) -> Reply:
        return rule(request, forward) if path in {None, request.path} else forward(request)

    with healthy.front.doing(there):
        yield healthy.context


def answered(status: int, body: bytes = b"") -> Rule:
    return lambda _asked, _forward: Reply(status, {}, body)


@finds(down("public API"), "Check that the proxy is running", nobody=lost)
@finds(down("public API"), "Let the proxy pass /api/", a_proxy_alone=answered(502), another=answered(200, b"<html>"))
def no_api(healthy: HealthyDeployment, rule: Rule) -> Iterator[CheckContext]:
    yield from people_get(healthy, rule)


@finds({"public API: certificate": WARN}, "why it is not renewed")
def the_certificate_ends_soon(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield from certified_by(healthy, "soon.pem")


@finds(down("public API"), "SSL_CERT_FILE")
def the_certificate_is_untrusted(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    make_certificate(healthy.folder / "nobody.pem", OUTSIDE, 90)
    yield from certified_by(healthy, "nobody.pem")


def certified_by(healthy: HealthyDeployment, file: str) -> Iterator[CheckContext]:
    healthy.front.certify(str(healthy.folder / file))
    yield healthy.context
    healthy.front.certify(str(healthy.folder / "good.pem"))


@finds({"public API: certificate": FAIL}, "Put a proxy with TLS before")
def unencrypted_api(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    usual, healthy.plain.rule = healthy.plain.rule, honest
    yield replace(healthy.context, url=healthy.plain.url)
    healthy.plain.rule = usual


@finds({"public API: HTTPS": FAIL}, "Redirect all of HTTP", the_page=honest, another=answered(404))
def http_does_not_lead_to_https(healthy: HealthyDeployment, rule: Rule) -> Iterator[CheckContext]:
    usual, healthy.plain.rule = healthy.plain.rule, rule
    yield healthy.context
    healthy.plain.rule = usual


DOWN = b'{"errors": ["[database] down", "[storage] ok"]}'
HALF = b'{"data": {"database": "ok", "storage": "ok", "redis": "slow", "scanner": "off"}}'


@finds({"public API: health": FAIL}, "docs/monitoring.md", down=answered(503, DOWN), nothing=answered(502))
@finds({"public API: health": WARN}, "docs/monitoring.md", half=answered(200, HALF))
def it_is_not_healthy(healthy: HealthyDeployment, rule: Rule) -> Iterator[CheckContext]:
    yield from people_get(healthy, rule, "/api/health/ready")


@finds({"public API: page": FAIL}, "WEB_ROOT")
def there_is_no_page(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield from people_get(healthy, lambda request, forward: forward(request)._replace(status=404), "/")


POLICY = "default-src 'self'; connect-src 'self' https://elsewhere.example; frame-ancestors 'none'"


def page_with(**headers: str | None) -> Rule:
    return lambda request, forward: forward(request).with_headers(**headers)


def page_without_frames(request: ProxiedRequest, forward: Forward) -> Reply:
    page = forward(request)
    directives = page.headers["content-security-policy"].split("; ")
    return page.with_headers(
        content_security_policy="; ".join(it for it in directives if not it.startswith("frame-src"))
    )


@finds({"public API: page": FAIL}, "Content-Security-Policy", anothers=page_with(content_security_policy=POLICY))
@finds({"public API: page": WARN}, "Content-Security-Policy", older=page_without_frames)
@finds(
    {"public API: headers": WARN},
    "Pass the service's headers through",
    none=page_with(content_security_policy=None),
    sniffing=page_with(x_content_type_options=None),
    referrers=page_with(referrer_policy=None),
    HTTP=page_with(strict_transport_security=None),
)
def the_pages_policies(healthy: HealthyDeployment, rule: Rule) -> Iterator[CheckContext]:
    yield from people_get(healthy, rule, "/")


@finds({"public API: login": FAIL}, "LOGIN=on")
def an_api_without_login(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield from people_get(healthy, answered(200, b"{}"), "/api/v1/users/me")


@finds({"public API: metrics": WARN}, "METRICS_TOKEN")
def public_metrics(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield from people_get(healthy, answered(200, b"# HELP"), "/metrics")


@finds(
    {"public API: CORS": FAIL},
    "Add the origin to CORS_ORIGINS",
    nobody=preflights(access_control_allow_origin=None),
    twice=preflights(access_control_allow_origin="https://app.example, *"),
    methods=preflights(access_control_allow_methods="GET"),
    keys=preflights(access_control_allow_headers="*"),
)
def cors_of_calls(healthy: HealthyDeployment, rule: Rule) -> Iterator[CheckContext]:
    """`*` is for all headers but Authorization."""
    yield from people_get(healthy, rule, CALL)


@finds({"public API: CORS: foreign pages": FAIL}, "Remove CORS headers")
def every_page_may_call(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    yield from people_get(healthy, page_with(access_control_allow_origin="*"), CALL)


@finds({"ports: closed": WARN}, "Publish none of them", **{name: (name,) for name in NAMES})
def a_port_that_is_open(healthy: HealthyDeployment, names: tuple[str]) -> Iterator[CheckContext]:
    [port] = [port for port, name in ports.PRIVATE.items() if name in names]
    with socket.create_server((OUTSIDE, port)):
        yield healthy.context
