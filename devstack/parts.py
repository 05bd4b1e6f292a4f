"""The parts by name, and why one cannot run on this machine."""

from collections.abc import Callable
from functools import partial

from devstack import docker
from devstack.caddy import Caddy
from devstack.ceph import Ceph, OldCeph
from devstack.clamd import Clamd
from devstack.localstack import LocalStack
from devstack.mariadb import MariaDb
from devstack.minio import Minio
from devstack.ministack import MiniStack
from devstack.mysql import MySql
from devstack.redis import Redis
from devstack.swift import Swift
from devstack.tools import CHROMIUM_NAMES, FIREFOX_NAMES, find


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
