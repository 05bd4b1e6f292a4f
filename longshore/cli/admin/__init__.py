"""`longshore admin`: what operators see and decide, by the API alone."""

from __future__ import annotations

import click

from longshore.cli.admin.adoptions import adopt, adoption, adoptions, cancel_adoption
from longshore.cli.admin.allowlist import allowlist
from longshore.cli.admin.audit import audit
from longshore.cli.admin.decisions import approve, cancel, decide, decision, decisions
from longshore.cli.admin.files import file, files, scans, uploads
from longshore.cli.admin.operations import overview, workers
from longshore.cli.admin.usage import subjects, usage


@click.group()
def admin() -> None:
    """See and administer everything. Needs a key with the scope `admin`."""


_COMMANDS = (
    *(overview, workers, subjects, usage),
    *(files, file, uploads, scans),
    *(audit, decide, decision, decisions, approve, cancel, allowlist),
    *(adopt, adoption, adoptions, cancel_adoption),
)
for _command in _COMMANDS:
    admin.add_command(_command)
