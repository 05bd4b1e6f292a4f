"""MariaDB in a separate folder, for the live tests."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.programs import find, program
from tools.stack.keys import write_private
from tools.stack.processes.child import Command
from tools.stack.processes.part import PartError
from tools.stack.processes.ports import LOOPBACK
from tools.stack.servers.sql_server import SqlServer


class MariaDb(SqlServer):
    """The system's MariaDB."""

    name = "mariadb"

    @classmethod
    def available(cls) -> str | None:
        if find("mariadbd", "mysqld") and find("mariadb-install-db", "mysql_install_db"):
            return None
        return "MariaDB server not found (on Debian: apt install mariadb-server)"

    def prepare(self) -> None:
        files = self.folder / "files"
        if not files.exists():
            # created next to `files` and then renamed, so that an incomplete folder is never used
            fresh = files.with_name("files.new")
            installer = program("mariadb-install-db", "mysql_install_db")
            command = [installer, "--no-defaults", f"--datadir={fresh}", "--skip-test-db", *self._user_option()]
            command += ["--auth-root-authentication-method=socket"]
            shutil.rmtree(fresh, ignore_errors=True)
            self._temporary().mkdir(parents=True, exist_ok=True)
            env = {**os.environ, **self._own_temporary()}
            result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
            if result.returncode:
                raise PartError(f"mariadb-install-db failed:\n{result.stdout}{result.stderr}")
            fresh.rename(files)
        write_private(self.folder / "init.sql", self.init_sql())

    def commands(self) -> Sequence[Command]:
        words = ["--no-defaults", *self.options(self.folder), *self._user_option()]
        self._temporary().mkdir(parents=True, exist_ok=True)
        return [Command(self.name, [program("mariadbd", "mysqld"), *words], self._own_temporary())]

    def _temporary(self) -> Path:
        return self.folder / "temporary"

    def _own_temporary(self) -> dict[str, str]:
        """Return the environment for a folder of its own: a server that starts deletes all temporary tables in it."""
        return {"TMPDIR": str(self._temporary())}

    @staticmethod
    def _user_option() -> list[str]:
        # it refuses to run as root without this option
        return ["--user=root"] if os.geteuid() == 0 else []

    def describe(self) -> str:
        return f"MariaDB, {LOOPBACK}:{self.port}"
