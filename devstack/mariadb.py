"""MariaDB in a folder of its own, for the live tests."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pymysql

from devstack.child import Command
from devstack.keys import secret_once, write_private
from devstack.part import Part, PartError
from devstack.ports import LOOPBACK, free_port
from devstack.tools import find, program

USER = "longshore"
DATABASE = "longshore"


class MariaDb(Part):
    """A server on loopback with one user and one database; the user may make more that start with the same name."""

    name = "mariadb"
    ready_seconds = 60.0

    def __init__(self, data: Path, port: int | None = None, buffer_pool: str = "64M") -> None:
        """`buffer_pool`: the memory in which InnoDB keeps tables."""
        super().__init__(data)
        self.port = port or free_port()
        self.buffer_pool = buffer_pool
        self.folder = self.data / "mariadb"

    @classmethod
    def available(cls) -> str | None:
        if find("mariadbd", "mysqld") and find("mariadb-install-db", "mysql_install_db"):
            return None
        return "no MariaDB server here (on Debian: apt install mariadb-server)"

    @property
    def password(self) -> str:
        """The user's, made on first use."""
        return secret_once(self.folder / "password")

    def ports(self) -> dict[str, int]:
        return {self.name: self.port}

    def prepare(self) -> None:
        files = self.folder / "files"
        if not files.exists():
            self._install(files)
        write_private(self.folder / "init.sql", self._init_sql())

    def _install(self, files: Path) -> None:
        """Makes the system tables beside `files` first, so that a half-made folder is never taken for a whole one."""
        fresh = files.with_name("files.new")
        installer = program("mariadb-install-db", "mysql_install_db")
        command = [installer, "--no-defaults", f"--datadir={fresh}", "--skip-test-db", *self._user_option()]
        command += ["--auth-root-authentication-method=socket"]
        fresh.parent.mkdir(parents=True, exist_ok=True)
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            raise PartError(f"mariadb-install-db failed:\n{result.stdout}{result.stderr}")
        fresh.rename(files)

    def _init_sql(self) -> str:
        """Runs at each start before the first connection; one statement a line."""
        account = f"'{USER}'@'{LOOPBACK}'"
        return f"""CREATE DATABASE IF NOT EXISTS `{DATABASE}` CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{self.password}';
GRANT ALL ON `{DATABASE}%`.* TO {account};
"""

    def commands(self) -> Sequence[Command]:
        options = {
            "datadir": self.folder / "files",
            # Relative to the data folder: a long path would not fit into a socket's address.
            "socket": "socket",
            "pid-file": self.folder / "pid",
            "port": self.port,
            "bind-address": LOOPBACK,
            "init-file": self.folder / "init.sql",
            "character-set-server": "utf8mb4",
            "innodb-buffer-pool-size": self.buffer_pool,
            "max-connect-errors": 1_000_000,
        }
        words = [f"--{name}={value}" for name, value in options.items()]
        words += ["--skip-name-resolve", "--skip-log-bin", *self._user_option()]
        return [Command(self.name, [program("mariadbd", "mysqld"), "--no-defaults", *words])]

    @staticmethod
    def _user_option() -> list[str]:
        # It refuses to run as root unless told in words.
        return ["--user=root"] if os.geteuid() == 0 else []

    def is_ready(self) -> bool:
        try:
            self.connect().close()
        except pymysql.Error:
            return False
        return True

    def connect(self, database: str = DATABASE) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        """A connection as the one user."""
        return pymysql.connect(
            host=LOOPBACK, port=self.port, user=USER, password=self.password, database=database, connect_timeout=5
        )

    def url(self, database: str = DATABASE) -> str:
        """SQLAlchemy's address of a database."""
        return f"mysql+pymysql://{USER}:{self.password}@{LOOPBACK}:{self.port}/{database}?charset=utf8mb4"

    def describe(self) -> str:
        return f"MariaDB, {LOOPBACK}:{self.port}"

    def env(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url()}
