"""Groups of commands: help in sections whose sentences are whole, and suggestions for mistyped names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import click

ENOUGH = 1000
"""Characters of a summary: click cuts it to the rest of the line by default."""
Sections = Mapping[str, Iterable[str]]


class Group(click.Group):
    """A group of commands. sections: the commands by heading, by default all under one.

    meant: commands by other names for them.
    """

    def __init__(
        self, *given: Any, sections: Sections | None = None, meant: Mapping[str, str] | None = None, **named: Any
    ) -> None:
        super().__init__(*given, **named)
        self._sections, self._meant = sections, meant or {}

    @classmethod
    def of(cls, group: click.Group) -> Group:
        """Return the same group with this help."""
        return cls(group.name, group.commands, params=group.params, callback=group.callback, help=group.help)

    def summary(self, ctx: click.Context, name: str) -> str | None:
        """Return the first sentence of a command's help; None for a hidden command."""
        command = self.get_command(ctx, name)
        return None if command is None or command.hidden else command.get_short_help_str(ENOUGH)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        names = self.list_commands(ctx)
        sections = self._sections or {"Commands": names}
        # one width for all sections
        width = max((len(name) for name in names), default=0)
        for title, commands in sections.items():
            rows = [(f"{name:<{width}}", text) for name in commands if (text := self.summary(ctx, name)) is not None]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and not ctx.resilient_parsing and name not in self.list_commands(ctx):
            ctx.fail(f"No such command '{name}'.{self._hint(ctx, name)}")
        return super().resolve_command(ctx, args)

    def _hint(self, ctx: click.Context, name: str) -> str:
        found = [self._meant[name]] if name in self._meant else similar(name, self.list_commands(ctx))
        return f" Did you mean {' or '.join(f'`{ctx.command_path} {each}`' for each in found)}?" if found else ""


def similar(word: str, known: Sequence[str]) -> list[str]:
    """Return up to three known words that look like a mistyped one, the most similar first."""
    return get_close_matches(word, known, cutoff=0.6)
