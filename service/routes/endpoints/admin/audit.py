"""The endpoints of the audit log: list, export, verify."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Response

from service.domain.operators.audit_log import export_audit, list_audit, verify_audit
from service.observability.request_ids import HEADER as REQUEST_ID
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.openapi.error_responses import header_refs
from service.routes.schemas.admin.audit import (
    CSV,
    AuditEntrySchema,
    AuditPageSchema,
    AuditQuery,
    ExportQuery,
    VerificationQuery,
    VerificationSchema,
)
from service.values import Page
from service.values.access.caller import Scope
from service.values.operators.audit import AuditEntry, AuditFilter, Link

blueprint = ApiBlueprint(
    "admin audit", __name__, url_prefix="/api/v1/admin/audit", description="The audit log, for operators"
)
ENTRY = AuditEntrySchema()
LINES, TABLE = "application/jsonl", "text/csv; charset=utf-8"
EXPORT = {
    "description": "All entries, newest first.",
    "content": {
        "application/jsonl": {"schema": {"type": "string"}, "example": '{"sequence":1042,"actor":"ann"}\n'},
        "text/csv": {"schema": {"type": "string"}, "example": "sequence,actor\r\n1042,ann\r\n"},
    },
    "headers": header_refs([REQUEST_ID]),
}
COLUMNS = tuple(ENTRY.fields)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that starts with one of these is a formula for a spreadsheet (OWASP, CSV injection)."""


@blueprint.route("", methods=["GET"])
@blueprint.doc(operationId="listAudit")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(AuditQuery, location="query")
@blueprint.response(200, AuditPageSchema)
def list_all(query: tuple[AuditFilter, int, str | None]) -> Page[AuditEntry]:
    """List the audit log, newest entries first

    It has who did what, when, from where and why: verdicts that block files, deletions, changes, holds, grants, API
    keys, and refused logins, credentials and scopes (at most 20 an hour from one network, and 1,000 in all).
    """
    return list_audit(deps(), *query)


@blueprint.route("/export", methods=["GET"])
@blueprint.doc(operationId="exportAudit", responses={"200": EXPORT})
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(ExportQuery, location="query")
def export(query: tuple[AuditFilter, str]) -> Response:
    """Export the audit log as JSON Lines or CSV, newest entries first"""
    wanted, form = query
    entries = export_audit(deps(), wanted)
    # the first page is read before the answer starts, so that an error is a proper response
    first = next(entries, None)
    rows = ({**ENTRY.dump(entry)} for entry in _again(first, entries))
    answer = Response(_table(rows) if form == CSV else _lines(rows), content_type=TABLE if form == CSV else LINES)
    answer.headers["Content-Disposition"] = f'attachment; filename="audit.{form}"'
    return answer


@blueprint.route("/verification", methods=["GET"])
@blueprint.doc(operationId="verifyAudit")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(VerificationQuery, location="query")
@blueprint.response(200, VerificationSchema)
def verify(query: dict[str, Link]) -> dict[str, Any]:
    """Check the chain of seals for removed and changed entries

    A call checks at most 10,000 entries; repeat it with `after` until `is_complete`. The chain shows a change by anyone
    who did not write all later seals again. To notice that too, note `last`, or keep the log lines `audit_sealed`
    elsewhere, and give one of those as `head` later.
    """
    found = verify_audit(deps(), query.get("after"), query.get("head"))
    return vars(found) | {"last": f"{found.last.sequence}:{found.last.seal}"}


def _again(first: AuditEntry | None, others: Iterator[AuditEntry]) -> Iterator[AuditEntry]:
    if first is not None:
        yield first
        yield from others


def _lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, separators=(",", ":")) + "\n"


def _table(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield lines of CSV. Text that a spreadsheet would run as a formula gets an apostrophe."""
    yield _line(COLUMNS)
    for row in rows:
        yield _line([_cell(row[name]) for name in COLUMNS])


def _line(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
