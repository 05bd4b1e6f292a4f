"""`longshore completion`: print a shell completion script."""

from __future__ import annotations

import threading

import click
from click.shell_completion import CompletionItem, get_completion_class

from longshore.cli.config.file import chosen
from longshore.client import Client, RetryPolicy

PATIENCE = 3.0
"""Seconds for the service's answer: someone waits at the prompt."""


@click.command()
@click.argument("shell", metavar="SHELL", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of SHELL, which is bash, zsh or fish.

    For bash: longshore completion bash > ~/.local/share/bash-completion/completions/longshore
    """
    found = get_completion_class(shell)
    if found is None:
        raise click.ClickException(f"no completion script exists for {shell}")
    click.echo(found(ctx.find_root().command, {}, "longshore", "_LONGSHORE_COMPLETE").source())


def complete_folder(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a folder of the service: its next part. Nothing without an answer in PATIENCE seconds."""
    found: list[CompletionItem] = []

    def look() -> None:
        try:
            url, token = chosen()
            with Client(url, token, retry=RetryPolicy(1, first_contact=0.0)) as client:
                folders = client.folders(incomplete.rpartition("/")[0])
                found.extend(
                    CompletionItem(each.path_name) for each in folders if each.path_name.startswith(incomplete)
                )
        except Exception:  # noqa: BLE001, S110 - the prompt is no place for errors
            pass

    # the argument of `download` is a folder with -r alone
    if isinstance(parameter, click.Option) or ctx.params.get("recursive"):
        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        looking.join(PATIENCE)
    return [*found]
