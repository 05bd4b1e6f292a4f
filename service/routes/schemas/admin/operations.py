"""Schemas of workers, queues, and the state of the service."""

from __future__ import annotations

from dataclasses import fields as fields_of
from typing import Any

from marshmallow import Schema, fields

from service.routes.schemas import described
from service.routes.schemas.described import FILE_ID, said
from service.routes.schemas.responses.common import AnswerSchema
from service.routes.schemas.responses.health import ReadySchema
from service.values import SweepReport

UNREACHABLE = "Dependencies that did not answer, so that something here is null: unknown, not missing."
HOST = "worker-1"


class WorkerJobSchema(AnswerSchema):
    """The job that a worker runs."""

    id = described.text("Its id in the queue.", f"scan-{FILE_ID}")
    kind = described.text(
        "What it does; null for a job that is not one of the service.",
        "scan",
        null=True,
        words=("scan", "sweep", "deliver"),
    )
    file_id = described.an_id("The file that is scanned.", FILE_ID, null=True)
    filename = described.text(
        "Its name; null for other jobs, and if it was deleted meanwhile.", described.FILENAME, null=True
    )
    started_at = described.time("When the worker took it.", described.STARTED_AT, null=True)


class WorkerSchema(AnswerSchema):
    """A worker process."""

    name = described.text("Its name in the queue.", f"{HOST}.7c0e4a1b9d2f.worker-0")
    host = described.text("The host that it runs on.", HOST)
    pid = described.number("Its process id there.", 17)
    state = described.text("`idle`, `busy`, `suspended`, `starting` …", "busy")
    queues = described.many(fields.String(), "Its queues, in the order in which it takes jobs.", ["scan", "rescan"])
    job = fields.Nested(
        WorkerJobSchema, required=True, allow_none=True, metadata=said("The job that it runs; null if none.")
    )
    last_heartbeat = described.time(
        "When it last reported; idle ones do so about twice a minute.", described.DONE_AT, null=True
    )
    started_at = described.time("When it started.", described.STARTED_AT, null=True)
    successful = described.number("Jobs without an error since its start.", 41)
    failed = described.number("Jobs with an error since its start.", 0)


class QueueSchema(AnswerSchema):
    """The sizes of a queue."""

    waiting = described.number("Jobs that wait.", 0)
    running = described.number("Jobs that run.", 1)
    failed = described.number("Jobs that failed in the last day.", 0)
    scheduled = described.number("Jobs for later.", 0)
    oldest_at = described.time("When the first one that waits was queued.", None, null=True)


class WorkersSchema(AnswerSchema):
    """All workers and queues."""

    workers = described.many(fields.Nested(WorkerSchema), "Workers by name; null without Redis.", null=True)
    queues = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(QueueSchema),
        required=True,
        allow_none=True,
        metadata=said(
            "Queues by name: `scan`, `rescan`, `sweep`, `webhook`; null without Redis.",
            {"scan": {"waiting": 0, "running": 1, "failed": 0, "scheduled": 0, "oldest_at": None}},
        ),
    )
    unreachable = described.many(fields.String(), UNREACHABLE, [])


class ScannerStateSchema(AnswerSchema):
    """The virus scanner and its signatures."""

    status = described.text("`ok`, `off`, or `unsafe`: its settings let files pass without a scan.", "ok")
    engine = described.text("The engine and its version.", "ClamAV 1.4.3", null=True)
    signatures = described.text("The signatures' version and date.", "27654, Fri Jan 30 09:36:12 2026", null=True)
    signatures_at = described.time("Their date; null without one.", "2026-01-30T09:36:12Z", null=True)
    advice = described.many(fields.String(), "Recommended changes to the scanner's settings.", [])


class SafetyStateSchema(AnswerSchema):
    """The last attacks on storage."""

    checked_at = described.time("When they were tried.", described.DONE_AT)
    let_through = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        metadata=said(
            "Attacks that storage did not refuse, by address: `public` (as clients reach it) and `direct`.",
            {"public": [], "direct": []},
        ),
    )


class _SweepSchema(AnswerSchema):
    ended_at = described.time("When it ended.", described.DONE_AT)
    errors = described.many(fields.String(), "Steps that failed, at most 20.", [])


COUNTS = tuple(each.name for each in fields_of(SweepReport) if each.type == "int")
SweepSchema: type[Schema] = type(
    "SweepSchema",
    (_SweepSchema,),
    {
        "__doc__": "The last sweep of all processes, with its counts.",
        **{name: described.number(f"Its count of `{name}`.", 0) for name in COUNTS},
    },
)


class ErrorEntrySchema(AnswerSchema):
    """An error that a process logged. All is plain text, without secrets and markup."""

    at = described.time("When it was logged.", described.DONE_AT)
    process = described.text("The role, host and process id.", "worker worker-1 17")
    event = described.text("The event's name in the log; for lines of libraries, their logger.", "scan_given_up")
    message = described.text("The rest of the line, shortened.", f"file_id={FILE_ID} attempts=8")
    request_id = described.text("X-Request-ID of the request.", "b6f1c2d3e4a59687", null=True)


class OverviewSchema(AnswerSchema):
    """The state of the whole service."""

    dependencies = fields.Nested(
        ReadySchema, required=True, metadata=said("The status of each dependency, as in the readiness check.")
    )
    scanner = fields.Nested(
        ScannerStateSchema, required=True, allow_none=True, metadata=said("The scanner; null if it does not answer.")
    )
    storage_safety = fields.Nested(
        SafetyStateSchema,
        required=True,
        allow_none=True,
        metadata=said("The last attacks on storage; null before the first ones on this storage."),
    )
    sweep = fields.Nested(
        SweepSchema, required=True, allow_none=True, metadata=said("The last sweep; null before the first one.")
    )
    errors = described.many(
        fields.Nested(ErrorEntrySchema),
        "The last errors in the logs of all processes, newest first, at most 50. A process records 10 a minute at most,"
        " and 2 of each event: its log has all. Null without Redis.",
        null=True,
    )
    dashboard_url = described.text(
        "The address of rq-dashboard; a job's page is at `/0/view/job/{id}` below it. Null without `DASHBOARD_URL`.",
        "https://localhost:9445",
        null=True,
    )
    unreachable = described.many(fields.String(), UNREACHABLE, [])

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        sweep = obj.sweep and {"ended_at": obj.sweep.ended_at, **obj.sweep.counts, "errors": obj.sweep.errors}
        return super().dump(vars(obj) | {"sweep": sweep}, many=many)
