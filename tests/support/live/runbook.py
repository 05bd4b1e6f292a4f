"""Run the commands of docs/runbooks.md like an operator."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

from tests.support.documents import block_of
from tests.support.programs.shell import Shell, executing
from tests.support.programs.warm_commands import python_command
from tools.stack.processes.ports import LOOPBACK
from tools.stack.servers.mariadb import MariaDb
from tools.stack.servers.sql_server import USER


class Operator(Shell):
    """An operator who runs commands in a service's environment, and may use its database."""

    def __init__(self, folder: Path, database: MariaDb) -> None:
        python = python_command()
        super().__init__(folder, {"rclone": executing(*python, "-m", "tests.support.live.rclone")}, python)
        shown = configparser.RawConfigParser()
        shown.read_string(block_of("database.cnf"))
        own = {"host": LOOPBACK, "port": str(database.port), "user": USER, "password": database.password}
        assert set(shown["client"]) == set(own)
        shown["client"].update(own)
        with (folder / "database.cnf").open("w") as file:
            shown.write(file)

    def run(self, commands: str, env: Mapping[str, str], code: int = 0, said_to_it: str = "") -> str:
        """Run commands with the service's environment `env`; `DATABASE` is its database's name."""
        database = env["DATABASE_URL"].rpartition("/")[2].partition("?")[0]
        return super().run(f"set -o pipefail\n{commands}", {**env, "DATABASE": database}, code, said_to_it)
