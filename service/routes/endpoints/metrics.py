"""/metrics for Prometheus: the metrics of this host's API processes, and those of all hosts."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Iterator, Mapping

from flask import Blueprint, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from service.domain.upkeep.observations import Observation, Observer
from service.errors import NoMetricsTokenError, RouteNotFoundError
from service.observability.metrics import ALSO_OF_JOBS, LOOKED_UP, OF_JOBS, OLD_NAMES, REGISTRY
from service.routes.openapi.api import deps

blueprint = Blueprint("metrics", __name__)
PATH = "/metrics"
OBSERVER = "longshore.observer"


@blueprint.route(PATH, strict_slashes=True)
def metrics() -> Response:
    """Return the metrics for Prometheus. If a dependency is down, only its metrics are missing."""
    _require_plain_address()
    _require_token(deps().settings.metrics_token)
    seen = current_app.extensions.setdefault(OBSERVER, Observer(deps())).observe()
    registry = CollectorRegistry()
    registry.register(_Collected([*_own(), *_of_jobs(seen), *_observed(seen)]))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _require_plain_address() -> None:
    """Serve one spelling only, so that a proxy that blocks it blocks all: no `/%6detrics`, no prefix of a client's.

    An operator's prefix is in the environment variable SCRIPT_NAME.
    """
    sent = str(request.environ.get("RAW_URI", request.path)).partition("?")[0]
    if sent != os.environ.get("SCRIPT_NAME", "") + PATH:
        raise RouteNotFoundError


def _require_token(token: str) -> None:
    sent = request.headers.get("Authorization", "")
    if token and not hmac.compare_digest(sent.encode(), f"Bearer {token}".encode()):
        raise NoMetricsTokenError


class _Collected:
    """Adapts given metric families to a registry."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _own() -> Iterator[Metric]:
    """Return the metrics of this host's API processes, or only of this one without `service.server`."""
    source = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        source = CollectorRegistry()
        MultiProcessCollector(source)  # type: ignore[no-untyped-call]
    return (family for family in source.collect() if family.name not in OF_JOBS)


def _of_jobs(seen: Observation) -> Iterator[Metric]:
    """Return the metrics of the jobs on all hosts together."""
    for family in REGISTRY.collect():
        name = family.name if family.name in OF_JOBS else ALSO_OF_JOBS.get(family.name)
        if name is None:
            continue
        made = Metric(name, family.documentation, family.type)
        suffixes = {each.name.removeprefix(family.name) for each in family.samples} | _SUFFIXES[family.type]
        for sample, value in sorted((seen.counts or {}).items(), key=_in_order):
            if sample.name.removeprefix(name) in suffixes and sample.name.startswith(name):
                made.add_sample(sample.name, dict(sample.labels), value)
        if made.samples:
            yield made


_SUFFIXES: Mapping[str, set[str]] = {
    "counter": {"_total"},
    "histogram": {"_bucket", "_sum", "_count"},
    "gauge": {""},
}


def _in_order(item: tuple[tuple[str, tuple[tuple[str, str], ...]], float]) -> tuple[object, ...]:
    """Sort buckets by their bounds."""
    (name, labels), _ = item
    return name, [(key, float(text)) if key == "le" else (key, text) for key, text in labels]


def _observed(seen: Observation) -> Iterator[Metric]:
    """Return the gauges that were read from the database and Redis."""
    found: dict[str, Mapping[str, float] | None] = {
        "longshore_up": seen.up,
        "longshore_uploads_by_state": seen.uploads,
        "longshore_stored_bytes": seen.stored,
        "longshore_storage_attacks_let_through": seen.let_through,
        "longshore_signatures_timestamp_seconds": seen.signatures,
    }
    if seen.oldest_due is not None:
        found["longshore_deliveries_oldest_seconds"] = {"owed": (seen.at - seen.oldest_due).total_seconds()}
    if seen.backlogs is not None:
        queues = seen.backlogs.items()
        found["longshore_queue_jobs"] = {name: each.waiting for name, each in queues}
        found["longshore_queue_running"] = {name: each.running for name, each in queues}
        found["longshore_queue_oldest_seconds"] = {
            name: (seen.at - each.oldest).total_seconds() if each.oldest else 0.0 for name, each in queues
        }
    for name, values in found.items():
        if values is not None:
            label, documentation = LOOKED_UP[name]
            for shown_as in filter(None, (name, OLD_NAMES.get(name))):
                family = GaugeMetricFamily(shown_as, documentation, labels=[label])
                for value, number in values.items():
                    family.add_metric([value], number)
                yield family
