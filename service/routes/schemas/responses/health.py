"""Responses about the health of the service and of its scanners."""

from __future__ import annotations

from marshmallow import fields

from service.routes.schemas import described
from service.routes.schemas.responses.common import AnswerSchema


class ScannerHealthSchema(AnswerSchema):
    """The virus scanner and its settings; of two scanners, both in one."""

    status = described.text(
        "`ok`, `off`, or `unsafe`: its settings let files pass without a scan.", "ok", words=("ok", "off", "unsafe")
    )
    engine = described.text("The engine and its version.", "ClamAV 1.4.3", null=True)
    signatures = described.text("The signatures' version and date.", "27654, Fri Jan 30 09:36:12 2026", null=True)
    max_size = described.size(
        "Size in bytes of the largest scanned file; larger files are `unscannable`. Null: no limit, or off.",
        2**31,
        null=True,
    )
    advice = described.many(fields.String(), "Recommended changes to the scanner's settings.", [])


class LiveSchema(AnswerSchema):
    """Whether this process is running."""

    live = described.flag("Always true.", example=True)


class ReadySchema(AnswerSchema):
    """The status of each dependency: `ok`, `off`, or what is wrong with it."""

    database = described.text("The database.", "ok")
    storage = described.text("The object storage.", "ok")
    redis = described.text("The queue; without it uploads are accepted and scanned later.", "ok")
    scanner = described.text("The virus scanner; without it uploads are accepted and scanned later.", "ok")
