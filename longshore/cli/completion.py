"""`longshore completion`: print a shell completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of SHELL.

    For bash: longshore completion bash > ~/.local/share/bash-completion/completions/longshore
    """
    found = get_completion_class(shell)
    if found is None:
        raise click.ClickException(f"no completion script exists for {shell}")
    click.echo(found(ctx.find_root().command, {}, "longshore", "_LONGSHORE_COMPLETE").source())
