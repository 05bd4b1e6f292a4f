"""OpenTelemetry, if its variables are set (OTEL_EXPORTER_OTLP_ENDPOINT…); otherwise it is not even imported.

A span has the name of a step and ids: no URL, no statement, no text of an exception, as those may contain secrets.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from service import __version__
from service.observability import request_ids
from service.observability.logs import get_logger

log = get_logger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
EXPORT_SECONDS = 3
"""Timeout for a collector, unless OTEL_EXPORTER_OTLP_TIMEOUT is set: a job's end waits for it."""
FLUSH_MILLISECONDS = 3000
"""Maximum time that the end of a job waits until its spans are sent."""
NO_SPAN: AbstractContextManager[Any] = nullcontext()
_tracer: Any = None
_provider: Any = None


def wanted(env: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment asks for traces (https://opentelemetry.io/docs/specs/otel/protocol/exporter/)."""
    return any(env.get(name) for name in ENDPOINTS) and env.get("OTEL_SDK_DISABLED", "").lower() != "true"


def set_up(kind: str) -> None:
    """Send this process's spans if configured. kind: `api`, `worker` or `cron`, for the service's name."""
    global _tracer, _provider  # one per process
    if _tracer is not None or not wanted():
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("tracing_not_installed", advice="install the packages of tools/checks/pins.py otel")
        return
    name = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": f"longshore-{kind}"}
    provider = TracerProvider(resource=Resource.create({"service.version": __version__, **name}))
    provider.add_span_processor(
        BatchSpanProcessor(
            OTLPSpanExporter(timeout=None if os.environ.get("OTEL_EXPORTER_OTLP_TIMEOUT") else EXPORT_SECONDS)
        )
    )
    _provider = provider
    _tracer = provider.get_tracer("longshore", __version__)


def is_on() -> bool:
    """Whether spans are sent."""
    return _tracer is not None


def span(name: str, **attributes: Any) -> AbstractContextManager[Any]:
    """Open a span inside the current one. An exception that ends it is recorded by its type only."""
    return NO_SPAN if _tracer is None else _span(name, None, None, attributes)


def begun(name: str, carrier: Mapping[str, str], kind: str, **attributes: Any) -> AbstractContextManager[Any]:
    """Open the first span of a request (`SERVER`, with its headers) or of a job (`CONSUMER`, with its metadata)."""
    return NO_SPAN if _tracer is None else _span(name, carrier, kind, attributes)


def carried() -> dict[str, str]:
    """Return the metadata of a job from the request that queues it: the request's id, and its trace."""
    taken = {"request_id": request_ids.current()} if request_ids.current() else {}
    if _tracer is not None:
        from opentelemetry import propagate

        propagate.inject(taken)
    return {name: value for name, value in taken.items() if value}


def flush() -> None:
    """Send all spans now, for a process that ends without cleanup."""
    if _provider is not None:
        _provider.force_flush(FLUSH_MILLISECONDS)


@contextmanager
def _span(name: str, carrier: Mapping[str, str] | None, kind: str | None, attributes: dict[str, Any]) -> Iterator[Any]:
    from opentelemetry import propagate
    from opentelemetry.trace import SpanKind, Status, StatusCode

    options = {
        "context": propagate.extract(carrier) if carrier is not None else None,
        "kind": SpanKind[kind or "INTERNAL"],
        "attributes": {key: value for key, value in attributes.items() if value is not None},
        "record_exception": False,
        "set_status_on_exception": False,
    }
    with _tracer.start_as_current_span(name, **options) as made:
        try:
            yield made
        except BaseException as error:
            made.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
