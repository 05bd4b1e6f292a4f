"""`longshore`: the groups of commands, and how a failure is told."""

from __future__ import annotations

import sys
from typing import NoReturn

import click
from sqlalchemy.exc import ProgrammingError

from longshore.check import check
from longshore.doctor.command import doctor
from longshore.keys import keys
from longshore.owners import owners
from longshore.recover import recover, relocate
from longshore.receipt_key import receipt_key
from longshore.verify import verify
from longshore.webhooks import webhooks
from service.errors import LongshoreError
from service.settings import SettingsError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def longshore() -> None:
    """Longshore's command line."""


longshore.add_command(doctor)
longshore.add_command(keys)
longshore.add_command(check)
longshore.add_command(owners)
longshore.add_command(recover)
longshore.add_command(relocate)
longshore.add_command(receipt_key)
longshore.add_command(verify)
longshore.add_command(webhooks)


def main() -> None:
    """The console script. Exit codes: 0 done, 1 could not be done, 2 asked for wrongly."""
    try:
        longshore()
    except (LongshoreError, SettingsError) as error:
        _fail(str(error))
    except ProgrammingError:
        _fail("the database has not the tables that this version needs; run `python -m jobs.prepare` first")


def _fail(reason: str) -> NoReturn:
    click.echo(f"longshore: {reason}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
