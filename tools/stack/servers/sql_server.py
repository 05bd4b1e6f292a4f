"""The base class of the live tests' SQL servers: one user, databases with a common prefix, loopback only."""

from pathlib import Path

import pymysql

from tools.stack.keys import secret_once
from tools.stack.processes.part import Part
from tools.stack.processes.ports import LOOPBACK, accepts, free_port

USER = "longshore"
DATABASE = "longshore"


class SqlServer(Part):
    """A server on loopback with one user and one database; the user may create more with that prefix."""

    ready_seconds = 60.0

    def __init__(self, data: Path, port: int | None = None, buffer_pool: str = "64M") -> None:
        """buffer_pool: the memory in which InnoDB keeps tables."""
        super().__init__(data)
        self.port = port or free_port()
        self.buffer_pool = buffer_pool
        self.folder = self.data / self.name

    @property
    def password(self) -> str:
        """The user's password, created on first use."""
        return secret_once(self.folder / "password")

    def ports(self) -> dict[str, int]:
        return {self.name: self.port}

    def init_sql(self) -> str:
        """Return the SQL that runs at each start before the first connection, one statement per line."""
        account = f"'{USER}'@'{LOOPBACK}'"
        return f"""CREATE DATABASE IF NOT EXISTS `{DATABASE}` CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{self.password}';
GRANT ALL ON `{DATABASE}%`.* TO {account};
"""

    def options(self, folder: Path | str) -> list[str]:
        """Return the server's options; folder: its own, as the server sees it."""
        options = {
            "datadir": f"{folder}/files",
            # relative to the data folder, as a long path does not fit into a socket's address
            "socket": "socket",
            "pid-file": f"{folder}/pid",
            "port": self.port,
            "bind-address": LOOPBACK,
            "init-file": f"{folder}/init.sql",
            "character-set-server": "utf8mb4",
            "innodb-buffer-pool-size": self.buffer_pool,
            "max-connect-errors": 1_000_000,
        }
        return [*(f"--{name}={value}" for name, value in options.items()), "--skip-name-resolve", "--skip-log-bin"]

    def is_ready(self) -> bool:
        # otherwise PyMySQL reads all of the system's certificates: 26 ms of processor time
        if not accepts(self.port):
            return False
        try:
            self.connect().close()
        except pymysql.Error:
            return False
        return True

    def connect(self, database: str = DATABASE) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        """Connect as the user."""
        return pymysql.connect(
            host=LOOPBACK, port=self.port, user=USER, password=self.password, database=database, connect_timeout=5
        )

    def connect_as_root(self) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        """Connect as root, by the Unix socket."""
        socket = self.folder / "files" / "socket"
        return pymysql.connect(unix_socket=str(socket), user="root", autocommit=True, connect_timeout=5)

    def url(self, database: str = DATABASE) -> str:
        """Return SQLAlchemy's URL of a database."""
        return f"mysql+pymysql://{USER}:{self.password}@{LOOPBACK}:{self.port}/{database}?charset=utf8mb4"

    def env(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url()}
