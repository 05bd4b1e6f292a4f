"""The parts by name, and why one cannot run on this machine."""

from collections.abc import Callable
from functools import partial

from tools.programs import CHROMIUM_NAMES, FIREFOX_NAMES, find
from tools.stack.servers import docker
from tools.stack.servers.caddy import Caddy
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.mariadb import MariaDb
from tools.stack.servers.mysql import MySql
from tools.stack.servers.redis import Redis
from tools.stack.stores.ceph import Ceph, OldCeph
from tools.stack.stores.localstack import LocalStack
from tools.stack.stores.minio import Minio
from tools.stack.stores.ministack import MiniStack
from tools.stack.stores.swift import Swift


def chromium() -> str | None:
    """Path of the browser that all browser tests drive."""
    return find(*CHROMIUM_NAMES)


def chromium_available() -> str | None:
    """None where there is a browser, else the reason why not."""
    return None if chromium() else "no Chromium or Chrome here (on Debian: apt install chromium)"


def firefox() -> str | None:
    """Path of the browser that some of them drive as well."""
    return find(*FIREFOX_NAMES)


def firefox_available() -> str | None:
    """None where there is one, else the reason why not."""
    return None if firefox() else "no Firefox here (on Debian: apt install firefox-esr)"


def program_available(name: str) -> str | None:
    """The same for a program that its Debian package is called after."""
    return None if find(name) else f"no {name} here (on Debian: apt install {name})"


def traefik_available() -> str | None:
    """The same for Traefik, which no package brings."""
    return None if find("traefik") else "no traefik on the PATH"


PARTS: dict[str, Callable[[], str | None]] = {
    "redis": Redis.available,
    "swift": Swift.available,
    "ceph": Ceph.available,
    "ceph16": OldCeph.available,
    "localstack": LocalStack.available,
    "ministack": MiniStack.available,
    "minio": Minio.available,
    "mariadb": MariaDb.available,
    "mysql": MySql.available,
    "clamd": Clamd.available,
    "caddy": Caddy.available,
    "docker": docker.available,
    "chromium": chromium_available,
    "firefox": firefox_available,
    "traefik": traefik_available,
    **{name: partial(program_available, name) for name in ("curl", "jq", "nginx", "openssl")},
}

MAY_BE_MISSING = frozenset({"localstack"})
"""Parts that want what the suite cannot install everywhere (a Python that Debian may lack). CI does without them."""
