"""Read /metrics as Prometheus does."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from service.domain.upkeep.observations import KEPT
from tests.support.service_under_test import App


def scraped(client: FlaskClient, **headers: str) -> dict[str, dict[str, float]]:
    """Samples by name and labels, as Prometheus reads them."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[",".join(text for _, text in sorted(sample.labels.items()))] = (
                sample.value
            )
    return found


def grown(before: dict[str, Any], after: dict[str, Any], name: str) -> dict[str, float]:
    """By how much the samples of a name grew."""
    old = before.get(name, {})
    return {labels: value - old.get(labels, 0) for labels, value in after[name].items() if value != old.get(labels, 0)}


def next_scrape(app: App) -> dict[str, dict[str, float]]:
    app.clock.forward(KEPT.total_seconds())
    return scraped(app.client)
