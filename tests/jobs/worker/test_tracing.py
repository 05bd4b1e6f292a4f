"""Traces with OpenTelemetry's variables: from the request through the queue to the job."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from rq.job import Job
from rq.serializers import JSONSerializer
from werkzeug import Request, Response

from jobs.request_context import around
from service.observability import tracing
from service.queue.jobs import JobQueue, connect
from tests.support.http_server import TestServer
from tests.support.matchers import Like
from tests.support.service_under_test import FILE, App, rebuilt
from tools.programs import ROOT
from tools.stack.servers.redis import Redis


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The spans that our collector receives; traces are on meanwhile."""
    spans: list[Any] = []

    def collect(request: Request) -> Response:
        for resource in ExportTraceServiceRequest.FromString(request.data).resource_spans:
            for scope in resource.scope_spans:
                spans.extend(scope.spans)
        return Response()

    with TestServer() as server:
        server.expect_request("/v1/traces", "POST").respond_with_handler(collect)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        tracing.set_up("api")
        yield spans
        tracing._provider.shutdown()
        tracing._provider = tracing._tracer = None


def by_name(spans: list[Any]) -> dict[str, Any]:
    tracing.flush()
    return {span.name: span for span in spans}


def test_a_trace_extends_from_the_request_to_the_job(
    app: App, redis_server: Redis, collected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = app.send()
    connection = connect(redis_server.env()["REDIS_URL"])
    queued = rebuilt(app, queue=JobQueue(connection))
    sent = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01", "X-Request-ID": "of-the-caller"}
    body = queued.completion(opened)
    answer = queued.client.post(f"{FILE}/upload/complete/?pin=1234-pin", json=body, headers=sent)
    assert answer.status_code == 200, answer.json
    job = Job.fetch(f"scan-{opened['file_id']}", connection=connection, serializer=JSONSerializer)
    assert job.meta == {"request_id": "of-the-caller", "traceparent": Like(rf"00-{'ab' * 16}-[0-9a-f]{{16}}-01")}
    monkeypatch.setattr("jobs.request_context.get_current_job", lambda: job)
    with around(app.deps, "scan"):
        app.scan(opened["file_id"])
    spans = by_name(collected)
    whole = {"POST /api/v1/file/upload/complete/", "complete.claim", "complete.finish", "database", "redis", "scan"}
    assert whole | {"storage ListParts", "storage CompleteMultipartUpload", "scan.stream"} <= set(spans)
    of_this = [span for span in collected if span.trace_id == bytes.fromhex("ab" * 16)]
    assert whole <= {span.name for span in of_this}
    assert spans["POST /api/v1/file/upload/complete/"].parent_span_id == bytes.fromhex("cd" * 8)
    assert spans["complete.claim"].parent_span_id == spans["POST /api/v1/file/upload/complete/"].span_id
    assert "1234-pin" not in str(collected)
    connection.close()


def test_a_failed_span_contains_only_the_errors_type(app: App, collected: list[Any]) -> None:
    app.without_database().post("/upload/init/", size=1)
    span = by_name(collected)["database"]
    assert (span.status.code, span.status.message, list(span.events)) == (2, "OperationalError", [])
    assert "hidden-password" not in str(collected)


@pytest.mark.parametrize("env", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"}])
def test_without_its_variables_opentelemetry_is_not_imported(env: dict[str, str]) -> None:
    # redis-py itself imports OpenTelemetry's metrics if they are installed
    code = (
        "import sys, service.app, jobs.worker; from service.observability import tracing; tracing.set_up('api');"
        "ours = ('opentelemetry.sdk.trace', 'opentelemetry.exporter');"
        "print(tracing.span('x') is tracing.NO_SPAN, [m for m in sys.modules if m.startswith(ours)])"
    )
    ran = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "True []\n"


def test_without_traces_a_job_carries_the_request_id(app: App) -> None:
    app.client.get("/api/health/live", headers={"X-Request-ID": "of-the-caller"})
    assert tracing.carried() == {"request_id": "of-the-caller"}
