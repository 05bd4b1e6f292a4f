"""The `doctor` command: print a table or JSON, and set the exit code for CI."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

import click

from service.admin.context import deps
from service.admin.doctor.examination import GROUPS, Examined, examine
from service.admin.doctor.finding import FAIL, OK, SKIPPED, WARN, CheckContext, http
from service.settings import Settings, SettingsError
from service.storage.client import QUICK_SECONDS, make_client

MARKS = {OK: "ok  ", WARN: "WARN", FAIL: "FAIL", SKIPPED: "-   "}
BROKEN, WRONG_SETTINGS = 1, 2


@click.command()
@click.option("--url", envvar="LONGSHORE_URL", default="", help="Public URL of the page and the API, to check it too.")
@click.option(
    "--group", "groups", type=click.Choice(tuple(GROUPS)), multiple=True, help="Only this group of checks; repeatable."
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--strict", is_flag=True, help="Count warnings as failures in the exit code.")
def doctor(url: str, groups: tuple[str, ...], as_json: bool, strict: bool) -> None:
    """Check this deployment from inside and outside, and recommend changes.

    Needs the service's environment. Exit code 0: no check failed; 1: a check failed; 2: the settings are wrong.
    It creates a few small objects in both buckets, tries to create a bucket, and deletes all of them again.
    """
    if url and not url.startswith(("https://", "http://")):
        raise click.BadParameter("must begin with https:// or http://", param_hint="--url")
    try:
        settings = Settings.from_env()
        client, parts = make_client(settings, settings.s3_endpoint_url, QUICK_SECONDS), deps()
    except SettingsError as error:
        click.echo(str(error), err=True)
        sys.exit(WRONG_SETTINGS)
    click.get_current_context().call_on_close(client.close)
    examined = examine(CheckContext(parts, client, http, url.rstrip("/")), groups or tuple(GROUPS))
    click.echo(as_json_text(examined) if as_json else as_table(examined))
    bad = {FAIL, WARN} if strict else {FAIL}
    sys.exit(BROKEN if any(each.finding.status in bad for each in examined) else 0)


def as_json_text(examined: Iterable[Examined]) -> str:
    """Return a list of objects with `group`, `check`, `status`, `says` and `change`."""
    return json.dumps([{"group": g, "check": c, **finding._asdict()} for g, c, finding in examined], indent=2)


def as_table(examined: Iterable[Examined]) -> str:
    """One line for each check, followed by what to change."""
    lines = []
    for group, check, finding in examined:
        lines.append(f"{MARKS[finding.status]}  {f'{group}: {check}':<40}{finding.says}")
        if finding.status in {WARN, FAIL}:
            lines.append(f"      → {finding.change}")
    return "\n".join(lines)
