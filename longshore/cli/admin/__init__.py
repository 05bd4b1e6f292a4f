"""`longshore admin`: what operators see and decide, by the API alone."""

from __future__ import annotations

import click

from longshore.cli.admin.audit import audit


@click.group()
def admin() -> None:
    """See and administer everything. Needs a key with the scope `admin`."""


admin.add_command(audit)
