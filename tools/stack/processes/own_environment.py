"""Read a fork's environment where modules of the warm process have read theirs at their import."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module

from prometheus_client import values
from prometheus_client.metrics import MetricWrapperBase

from service import crashpoints
from service.observability import logs, metrics

SERVER = "service.server"
"""gunicorn's configuration: it chooses the folder of the processes' metrics."""


def read(words: Sequence[str]) -> None:
    """Set crash points and metrics by the environment of the program `words`. Raises CrashFolderError as its import."""
    if f"--config=python:{SERVER}" in words:
        import_module(SERVER)
        logs.set_up(os.environ)  # gunicorn has done so before the import that warns of crash points
    crashpoints._folder = crashpoints.crash_folder(os.environ)
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase) and not metric._labelnames:
            metric._metric_init()  # type: ignore[no-untyped-call]
