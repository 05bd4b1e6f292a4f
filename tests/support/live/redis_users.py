"""Redis as Compose runs it (deploy/redis/start): a user for each kind of client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from redis import Redis as Connection

from tools.programs import ROOT
from tools.stack.keys import secret_once
from tools.stack.processes.child import Command
from tools.stack.processes.ports import LOOPBACK
from tools.stack.servers.redis import Redis

START = ROOT / "deploy" / "redis" / "start"
FILES = {"default": "redis_password", "dashboard": "redis_dashboard_password", "metrics": "redis_metrics_password"}


class RedisWithUsers(Redis):
    """The system's redis-server with users."""

    def __init__(self, data: Path, port: int | None = None) -> None:
        super().__init__(data, port)
        self.secrets = self.data / "secrets"
        self.passwords = {user: secret_once(self.secrets / file) for user, file in FILES.items()}
        self.password = self.passwords["default"]
        self.options: list[str] = []

    def commands(self) -> Sequence[Command]:
        [command] = super().commands()
        places = {"SECRETS_FOLDER": str(self.secrets), "CONFIGURATION": str(self.data / "users.conf")}
        return [Command(self.name, ["sh", str(START), *command.argv[2:], *self.options], places)]

    def url_of(self, user: str) -> str:
        """Return the URL of this user."""
        return f"redis://{user}:{self.passwords[user]}@{LOOPBACK}:{self.port}/0"


def contents(redis: Connection) -> dict[bytes, Any]:
    """Return the contents of a database."""
    read: dict[bytes, Callable[[bytes], Any]] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1, withscores=True),
        b"stream": redis.xrange,
    }
    return {key: read[redis.type(key)](key) for key in redis.scan_iter()}
