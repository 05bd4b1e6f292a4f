"""`longshore admin`: what operators see and decide, by the API alone."""

from __future__ import annotations

import click

from longshore.cli.admin.adoptions import adopt, adoption, adoptions, cancel_adoption
from longshore.cli.admin.allowlist import allowlist
from longshore.cli.admin.audit import audit
from longshore.cli.admin.decisions import approve, cancel, decide, decision, decisions


@click.group()
def admin() -> None:
    """See and administer everything. Needs a key with the scope `admin`."""


for _command in (
    audit,
    decide,
    decision,
    decisions,
    approve,
    cancel,
    allowlist,
    adopt,
    adoption,
    adoptions,
    cancel_adoption,
):
    admin.add_command(_command)
