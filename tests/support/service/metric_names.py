"""The names of all metrics of a scrape."""

from __future__ import annotations

from tools.docs.metric_table import rows


def exposed() -> dict[str, set[str]]:
    """Every name that a scrape can give, and its labels."""
    names: dict[str, set[str]] = {}
    for name, kind, labels, _, _ in rows():
        own = set(labels.split())
        if kind == "histogram":
            names |= {f"{name}_bucket": own | {"le"}, f"{name}_sum": own, f"{name}_count": own}
        else:
            names[name] = own
    return names
