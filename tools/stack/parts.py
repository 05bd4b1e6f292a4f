"""The parts by name, and checks whether each can run on this machine."""

from collections.abc import Callable
from functools import partial

from tools.debian import LARAVEL, is_installed
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
    """Return the path of the browser of all browser tests."""
    return find(*CHROMIUM_NAMES)


def chromium_available() -> str | None:
    """Return why that browser is missing, or None."""
    return None if chromium() else "no Chromium or Chrome here (on Debian: apt install chromium-headless-shell)"


def firefox() -> str | None:
    """Return the path of the second browser of some tests."""
    return find(*FIREFOX_NAMES)


def firefox_available() -> str | None:
    """Return why that browser is missing, or None."""
    return None if firefox() else "no Firefox here (on Debian: apt install firefox-esr)"


def program_available(name: str) -> str | None:
    """Return a function like these for a program whose Debian package has the same name."""
    return None if find(name) else f"no {name} here (on Debian: apt install {name})"


def rails_available() -> str | None:
    """Return why Rails is missing, or None."""
    return None if find("rails") and find("ruby") else "no rails here (on Debian: apt install ruby-railties)"


def laravel_available() -> str | None:
    """Return why Laravel is missing, or None: the tests use that of Debian."""
    if find("php") and is_installed(LARAVEL):
        return None
    return "no Laravel of Debian here (apt install php-cli php-laravel-framework)"


def traefik_available() -> str | None:
    """Return why Traefik is missing, or None; Debian has no package of it."""
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
    "laravel": laravel_available,
    "rails": rails_available,
    "traefik": traefik_available,
    **{name: partial(program_available, name) for name in ("curl", "jq", "nginx", "openssl")},
}

MAY_BE_MISSING = frozenset({"localstack"})
"""Parts that the tests cannot install everywhere (they need a Python that Debian may lack). CI runs without them."""
