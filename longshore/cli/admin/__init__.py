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
from longshore.cli.help import Group

_SECTIONS = {
    "The service": (overview, workers),
    "Files, uploads and scans": (files, file, uploads, scans),
    "Subjects": (subjects, usage),
    "Decisions": (decide, decision, decisions, approve, cancel, allowlist),
    "Adoption of existing objects": (adopt, adoption, adoptions, cancel_adoption),
    "Audit log": (audit,),
}


@click.group(
    cls=Group,
    commands=[command for commands in _SECTIONS.values() for command in commands],
    sections={title: [str(command.name) for command in commands] for title, commands in _SECTIONS.items()},
)
def admin() -> None:
    """See and administer everything. Needs a key with the scope `admin`."""
