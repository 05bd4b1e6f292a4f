"""The dashboard, the alerts and the documentation use metrics that exist."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from tests.support.service.metric_names import exposed
from tools.docs.metric_table import DOCUMENT, rows, with_table
from tools.programs import ROOT

DASHBOARD = json.loads((ROOT / "deploy/grafana/longshore.json").read_text())
ALERTS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text())
QUERIES = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
RULES = [rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]]
NAME = re.compile(r"longshore_[a-z_]+")


@pytest.mark.parametrize("query", [*QUERIES, *RULES])
def test_every_query_uses_existing_metrics_and_labels(query: str) -> None:
    known = exposed()
    named = NAME.findall(query)
    assert [name for name in named if name not in known] == []
    used = {word for words in re.findall(r"by \(([^)]*)\)", query) for word in re.split(r"[ ,]+", words)}
    used |= set(re.findall(r"[{,](\w+)=~?\"", query)) - {"job"}
    assert used <= {label for name in named for label in known[name]}


def test_every_metric_is_on_the_dashboard() -> None:
    shown = set(NAME.findall(" ".join(QUERIES)))
    families = {name for name, *_ in rows()}
    assert {name for name in families if not any(each.startswith(name) for each in shown)} == set()


def test_the_documented_table_matches_the_code() -> None:
    """When this fails: python -m tools.docs.metric_table."""
    document = DOCUMENT.read_text()
    assert with_table(document) == document


def test_names_follow_prometheus_conventions() -> None:
    """https://prometheus.io/docs/practices/naming/: base units, and `_total` for counters alone."""
    names = {name: kind for name, kind, *_ in rows()}
    assert [name for name, kind in names.items() if name.endswith("_total") != (kind == "counter")] == []
