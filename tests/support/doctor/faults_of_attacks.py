"""Faults: storage lets attacks through, at the public or at the service's address."""

from __future__ import annotations

from collections.abc import Iterator

from service.admin.doctor.finding import FAIL, WARN, CheckContext
from tests.support.doctor.faults import finds
from tests.support.doctor.faults_of_storage import browsers_get, the_service_gets
from tests.support.doctor.healthy_deployment import HealthyDeployment
from tests.support.storage.faulty_proxy import Forward, ProxiedRequest, Reply
from tests.support.storage.leaks import LEAKS

LEAKY = {name.replace(" ", "_"): name for name in ("copying", "streaming", "retyping")}


@finds({"attacks: public address": FAIL}, "Put a proxy that filters requests before", **LEAKY)
def clients_reach_a_storage_that_leaks(healthy: HealthyDeployment, leak: str) -> Iterator[CheckContext]:
    yield from browsers_get(healthy, LEAKS[leak][0](healthy.s3))


@finds({"attacks: direct address": WARN}, "Let only the service reach", **LEAKY)
def the_service_reaches_a_storage_that_leaks(healthy: HealthyDeployment, leak: str) -> Iterator[CheckContext]:
    yield from the_service_gets(healthy, LEAKS[leak][0](healthy.s3))


@finds({"attacks: one PUT": WARN}, "permit all headers")
def pages_may_not_send_the_headers_of_one_put(healthy: HealthyDeployment) -> Iterator[CheckContext]:
    def rule(request: ProxiedRequest, forward: Forward) -> Reply:
        is_refused = "if-none-match" in request.headers.get("access-control-request-headers", "")
        return Reply(403, {}) if is_refused else forward(request)

    yield from browsers_get(healthy, rule)
