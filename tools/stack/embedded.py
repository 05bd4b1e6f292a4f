"""Choose for each part whether `./dev up` runs its own or uses the one from the environment."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tools.programs import ROOT
from tools.stack.examples import DOCS_OFFSET, EXAMPLES, origin_of
from tools.stack.keys import secret_once
from tools.stack.processes.part import Part, PartError
from tools.stack.processes.ports import LOOPBACK
from tools.stack.servers.app import Dashboard
from tools.stack.servers.clamd import SCAN_MAX_SIZE, Clamd
from tools.stack.servers.redis import Redis
from tools.stack.stores.minio import Minio
from tools.stack.stores.swift import Swift

# Offsets from the page's port, before those of the examples. Storage is next to it, as its address is in every signed
# URL; Swift takes four.
S3_OFFSET, REDIS_OFFSET, CLAMD_OFFSET, DASHBOARD_OFFSET = 1, 5, 6, 7
LOGIN_LINES = {
    False: "OFF: anyone who reaches this address has full access (turn it on with LOGIN=on)",
    True: "on; create a key with ./dev longshore keys create",
}
GIVEN_S3_NEEDS = ("S3_ACCESS_KEY", "S3_SECRET_KEY")


@dataclass(frozen=True)
class Stack:
    """The parts to run besides the service, the service's settings, and a line for each part."""

    parts: list[Part]
    settings: dict[str, str]
    lines: dict[str, str]


def shown(url: str) -> str:
    """An address without its user, password and query, for the terminal."""
    address = urlsplit(url)
    host = address.netloc.rpartition("@")[2]
    return f"{address.scheme}://{host}{address.path}"


def choose(data: Path, port: int, given: Mapping[str, str]) -> Stack:
    """The stack for a page on `port`, its data in `data`; `given` is the environment."""
    own = [f"http://{LOOPBACK}:{port}", f"http://localhost:{port}"]
    offsets = [*(example.offset for example in EXAMPLES.values()), DOCS_OFFSET]
    origins = given.get("CORS_ORIGINS") or ",".join([*own, *(origin_of(port + offset) for offset in offsets)])
    stack = Stack([], {}, {})
    _redis(stack, data, port, given)
    _storage(stack, data, port, given, _allowed(own, origins))
    _clamd(stack, data, port, given)
    _database(stack, data, given)
    stack.lines["login"] = LOGIN_LINES[given.get("LOGIN") == "on"]
    for part in stack.parts:
        stack.lines[part.name] = part.describe()
        stack.settings.update(part.env())
    stack.settings["SECRET_KEY"] = given.get("SECRET_KEY") or secret_once(data / "secret_key", 32)
    stack.settings["RECEIPT_KEY"] = given.get("RECEIPT_KEY") or secret_once(data / "receipt_key", 32)
    stack.settings["WEBHOOK_SECRET"] = given.get("WEBHOOK_SECRET") or _webhook_secret(data)
    stack.settings["CORS_ORIGINS"] = origins
    if Dashboard.available() is None:
        stack.settings["DASHBOARD_URL"] = given.get("DASHBOARD_URL") or f"http://{LOOPBACK}:{port + DASHBOARD_OFFSET}"
    stack.settings["WEB_ROOT"] = given.get("WEB_ROOT") or str(ROOT / "web" / "dist")
    return stack


def dashboards(stack: Stack, data: Path, port: int, given: Mapping[str, str]) -> list[Dashboard]:
    """Return rq-dashboard for a page on `port`, if it is installed. It requires a login if the page does."""
    if Dashboard.available() is not None:
        return []
    settings = dict(stack.settings)
    if given.get("LOGIN") == "on":
        settings["RQ_DASHBOARD_API_URL"] = f"http://{LOOPBACK}:{port}"
        settings["RQ_DASHBOARD_USERNAME"] = "admin"
        settings["RQ_DASHBOARD_PASSWORD"] = secret_once(data / "dashboard_password", 16)
    return [Dashboard(data, settings, port + DASHBOARD_OFFSET)]


def _allowed(own: list[str], origins: str) -> list[str]:
    """Pages that may send parts to our storage: the service's own, and those that may call the service."""
    named = [origin.strip().rstrip("/") for origin in origins.split(",") if origin.strip()]
    return ["*"] if "*" in named else list(dict.fromkeys([*own, *named]))


def _webhook_secret(data: Path) -> str:
    """In the form that libraries for receivers take."""
    return "whsec_" + b64encode(bytes.fromhex(secret_once(data / "webhook_secret", 32))).decode()


def _is_given(stack: Stack, name: str, variable: str, given: Mapping[str, str]) -> bool:
    url = given.get(variable)
    if url:
        stack.lines[name] = f"{shown(url)}, from {variable}"
    return bool(url)


def _redis(stack: Stack, data: Path, port: int, given: Mapping[str, str]) -> None:
    if _is_given(stack, "redis", "REDIS_URL", given):
        return
    reason = Redis.available()
    if reason:
        raise PartError(f"{reason}. Install redis-server, or set REDIS_URL.")
    stack.parts.append(Redis(data, port + REDIS_OFFSET))


def _storage(stack: Stack, data: Path, port: int, given: Mapping[str, str], origins: list[str]) -> None:
    if _is_given(stack, "s3", "S3_ENDPOINT_URL", given):
        missing = [name for name in GIVEN_S3_NEEDS if not given.get(name) and given.get("S3_CREDENTIALS") != "aws"]
        if missing:
            raise PartError(f"S3_ENDPOINT_URL is set, but {' and '.join(missing)} is not; set both or neither.")
        return
    if _is_minio(data):
        stack.parts.append(Minio(data, port + S3_OFFSET, origins))
    else:
        stack.parts.append(Swift(data, port + S3_OFFSET, origins))
    # Without these, links for browsers would point to a storage that was given in another run.
    stack.settings["S3_PUBLIC_ENDPOINT_URL"] = stack.parts[-1].env()["S3_ENDPOINT_URL"]


def _is_minio(data: Path) -> bool:
    """MinIO where there is one; but files that are there already stay with the server that wrote them."""
    if (data / "swift").exists():
        return False
    return (data / "minio").exists() or Minio.available() is None


def _clamd(stack: Stack, data: Path, port: int, given: Mapping[str, str]) -> None:
    url = given.get("CLAMD_URL")
    if url and url != "off":
        stack.lines["clamd"] = f"{shown(url)}, from CLAMD_URL"
        return
    reason = "CLAMD_URL=off" if url else Clamd.available()
    if reason:
        stack.settings["CLAMD_URL"] = "off"
        stack.lines["clamd"] = f"virus scanning is OFF, files are served without a scan: {reason}"
        return
    limit = int(given.get("SCAN_MAX_SIZE") or SCAN_MAX_SIZE)
    stack.parts.append(Clamd(data, port + CLAMD_OFFSET, limit, system_signatures=True))


def _database(stack: Stack, data: Path, given: Mapping[str, str]) -> None:
    if _is_given(stack, "database", "DATABASE_URL", given):
        return
    file = data / "longshore.sqlite3"
    stack.settings["DATABASE_URL"] = f"sqlite:///{file}"
    stack.lines["database"] = f"SQLite, {file}"
