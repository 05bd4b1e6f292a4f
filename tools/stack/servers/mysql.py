"""MySQL in a separate folder, for the live tests: Debian sid's, as Debian's stable suites have only MariaDB."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from tools.debian_root import INSIDE, SID, inside, root_with, run, unavailable
from tools.stack.keys import write_private
from tools.stack.processes.child import Command
from tools.stack.processes.ports import LOOPBACK
from tools.stack.servers.sql_server import SqlServer

PACKAGE = "mysql-server-core"


def root() -> Path:
    """Return the folder with MySQL's packages; create it if it does not exist."""
    return root_with("mysql", SID, PACKAGE, ["--variant=minbase"])


class MySql(SqlServer):
    """MySQL 9, run as root on Debian."""

    name = "mysql"

    def __init__(self, data: Path, port: int | None = None, buffer_pool: str = "64M") -> None:
        super().__init__(data, port, buffer_pool)
        self._root = Path()

    @classmethod
    def available(cls) -> str | None:
        return unavailable()

    def prepare(self) -> None:
        self._root = root()
        files, fresh = self.folder / "files", self.folder / "files.new"
        if not files.exists():
            shutil.rmtree(fresh, ignore_errors=True)
            self.folder.mkdir(parents=True, exist_ok=True)
            run(self._mysqld(f"--datadir={INSIDE}/{fresh.name}", "--initialize-insecure"))
            fresh.rename(files)
        write_private(self.folder / "init.sql", self.init_sql())

    def commands(self) -> Sequence[Command]:
        # a killed server's writes are in the system's memory; only a power cut would lose them
        return [Command(self.name, self._mysqld(*self.options(INSIDE), "--innodb-flush-method=nosync"))]

    def _mysqld(self, *options: str) -> list[str]:
        """Return the server's command line, without access to the machine's files and without the X protocol."""
        always = ["--no-defaults", "--user=root", "--secure-file-priv=", "--mysqlx=OFF"]
        return inside(self._root, self.folder, ["/usr/sbin/mysqld", *always, *options])

    def describe(self) -> str:
        return f"MySQL, {LOOPBACK}:{self.port}"
