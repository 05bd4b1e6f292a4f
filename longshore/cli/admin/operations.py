"""`longshore admin workers` and `overview`: how the service works."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from longshore.cli.session import connect, json_option
from longshore.cli.terminal.words import plain
from longshore.client.admin import Overview, Queue, Worker, Workers


@click.command()
@json_option
def workers(as_json: bool) -> None:
    """List the workers with the jobs that they run, and the queues."""
    with connect() as client:
        found = client.admin.workers()
    if as_json:
        click.echo(json.dumps(asdict(found)))
    else:
        _list(found)


@click.command()
@json_option
def overview(as_json: bool) -> None:
    """Show the state of the service: dependencies, signatures, last sweep, last errors."""
    with connect() as client:
        found = client.admin.overview()
    if as_json:
        click.echo(json.dumps(asdict(found)))
    else:
        _show(found)


def _list(found: Workers) -> None:
    for worker in found.workers or ():
        click.echo(plain(_worker(worker)))
    if found.workers == []:
        click.echo("no worker is running: files wait for their scan")
    for name, queue in (found.queues or {}).items():
        click.echo(plain(_queue(name, queue)))
    _unreachable(found.unreachable)


def _worker(worker: Worker) -> str:
    words = [worker.name, worker.state, ",".join(worker.queues), f"last seen {worker.last_heartbeat or 'never'}"]
    words.append(f"{worker.successful} jobs done, {worker.failed} failed")
    if worker.job:
        what = " ".join(filter(None, (worker.job.kind or worker.job.id, worker.job.file_id, worker.job.filename)))
        words.append(f"runs {what} since {worker.job.started_at or 'just now'}")
    return "  ".join(words)


def _queue(name: str, queue: Queue) -> str:
    since = f" since {queue.oldest_at}" if queue.oldest_at else ""
    sizes = (
        f"{queue.waiting} waiting{since}, {queue.running} running, {queue.failed} failed, {queue.scheduled} scheduled"
    )
    return f"queue {name}  {sizes}"


def _show(found: Overview) -> None:
    for name, status in found.dependencies.items():
        click.echo(plain(f"{name}: {status}"))
    if found.scanner:
        made = found.scanner.get("signatures_at") or "unknown"
        click.echo(plain(f"signatures: {found.scanner.get('signatures') or 'none'} (date: {made})"))
        for advice in found.scanner.get("advice", ()):
            click.echo(plain(f"  {advice}"))
    if found.storage_safety:
        _show_safety(found.storage_safety)
    if found.sweep:
        _show_sweep(found.sweep)
    if found.dashboard_url:
        click.echo(plain(f"queue: {found.dashboard_url}"))
    for error in found.errors or ():
        click.echo(plain("  ".join((error.at, error.process, error.event, error.message)).rstrip()))
    _unreachable(found.unreachable)


def _show_safety(safety: dict[str, object]) -> None:
    through = safety.get("let_through")
    named = through.items() if isinstance(through, dict) else ()
    refused = "; ".join(f"{address}: {', '.join(names)}" for address, names in named if names)
    click.echo(plain(f"attacks on storage: {refused or 'all refused'} (tried at {safety.get('checked_at')})"))


def _show_sweep(sweep: dict[str, object]) -> None:
    counts = {name: count for name, count in sweep.items() if isinstance(count, int) and count}
    did = ", ".join(f"{name} {count}" for name, count in counts.items()) or "nothing to do"
    click.echo(plain(f"last sweep: {sweep.get('ended_at')} ({did})"))
    errors = sweep.get("errors")
    for error in errors if isinstance(errors, list) else ():
        click.echo(plain(f"  failed: {error}"))


def _unreachable(names: list[str]) -> None:
    if names:
        click.echo(plain(f"unknown, as these do not answer: {', '.join(names)}"), err=True)
