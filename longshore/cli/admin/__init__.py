"""`longshore admin`: what operators see and decide, by the API alone."""

from __future__ import annotations

import click

from longshore.cli.admin.allowlist import allowlist
from longshore.cli.admin.audit import audit
from longshore.cli.admin.decisions import approve, cancel, decide, decision, decisions
from longshore.cli.admin.files import file, files, scans, uploads


@click.group()
def admin() -> None:
    """See and administer everything. Needs a key with the scope `admin`."""


for _command in (files, file, uploads, scans, audit, decide, decision, decisions, approve, cancel, allowlist):
    admin.add_command(_command)
