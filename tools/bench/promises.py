"""Measure the cost of two promises: storage accepts only our URLs, and a link leads to the object that was scanned.

The filter before storage against the same proxy without it: a large file, and small requests one after another. `get`
if storage is trusted, which costs nothing, against a request to storage before each link.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from service.deps import build_deps
from service.domain.scanning.scans import scan_file
from service.settings import Settings
from tools.api_calls import Caller, RefusedError
from tools.bench.rig.measure import Claim, Report, medians, take_turns
from tools.bench.rig.rig import UPLOAD_KEY, Rig, rig, trust_storage
from tools.bench.upload import Flow, write_random
from tools.stack.processes.child import Command
from tools.stack.processes.ports import free_port, http_status
from tools.stack.servers.caddy import FRAGMENTS, Caddy
from tools.stack.servers.caddy_program import caddy_path

MIB = 2**20
LARGE = 512 * MIB
REQUESTS = 300
ROUNDS = 5
PLAIN = """{
	admin off
	auto_https off
}
http://:{$HEALTH_PORT} {
	respond /alive 200
}
http://:{$PORT} {
	reverse_proxy {$STORAGE} {
		flush_interval -1
		transport http {
			compression off
		}
	}
}
"""


class StorageProxy(Caddy):
    """Caddy before storage alone, without TLS: with the filter of production, or as a plain proxy."""

    def __init__(self, parts: Rig, name: str, *, filtered: bool) -> None:
        super().__init__(parts.folder / name)
        self.port, self.health = free_port(), free_port()
        self.target = urlsplit(parts.storage.env()["S3_ENDPOINT_URL"]).netloc
        self.configuration = FRAGMENTS / "storage_behind.caddy" if filtered else self.data / "plain.caddy"

    def prepare(self) -> None:
        super().prepare()
        (self.data / "plain.caddy").write_text(PLAIN)

    def commands(self) -> list[Command]:
        argv = [caddy_path(), "run", "--config", str(self.configuration), "--adapter", "caddyfile"]
        own = {"PORT": str(self.port), "HEALTH_PORT": str(self.health), "STORAGE": self.target}
        return [Command(self.name, argv, self.environment() | own)]

    def is_ready(self) -> bool:
        return http_status(self.health, "/alive") == 200

    @property
    def address(self) -> str:
        """Storage's address for clients."""
        return f"http://127.0.0.1:{self.port}"


def run() -> Report:
    with rig() as parts:
        rounds = _filter(parts) | _links(parts)
    seconds = medians(rounds)
    return Report(
        name="promises",
        unit=f"seconds for {LARGE // MIB} MiB, or for {REQUESTS} requests",
        medians=seconds,
        rounds=rounds,
        claims=[
            Claim(
                "the time of a large upload without the filter",
                seconds["large, filter"] / seconds["large, plain proxy"],
                1.02,
                at_most=True,
            ),
            Claim(
                "the time of small downloads without the filter",
                seconds["small, filter"] / seconds["small, plain proxy"],
                1.1,
                at_most=True,
            ),
        ],
    )


def _filter(parts: Rig) -> dict[str, list[float]]:
    """Measure the same uploads and downloads through both proxies."""
    file = parts.folder / "large.bin"
    write_random(file, LARGE)
    contestants: dict[str, Callable[[], object]] = {}
    for name, filtered in (("plain proxy", False), ("filter", True)):
        proxy = parts.run(StorageProxy(parts, name.replace(" ", "-"), filtered=filtered))
        api = parts.api(parts.settings(S3_PUBLIC_ENDPOINT_URL=proxy.address), parts.folder / f"api-{name}")
        contestants[f"large, {name}"] = partial(_send, Flow(api.url), file)
        contestants[f"small, {name}"] = _downloads(parts, api.url)
    return take_turns(contestants, ROUNDS)


def _send(flow: Flow, file: Path) -> None:
    flow.delete(flow.upload(file))


def _downloads(parts: Rig, api_url: str) -> Callable[[], None]:
    """Return a round of downloads by the link of a small file, over one connection."""
    link = str(_get(api_url, _small(parts, api_url))["download_url"])

    def follow() -> None:
        storage = Caller(api_url)
        for _ in range(REQUESTS):
            if storage.download(link) is None:
                raise RefusedError("storage refused a download")

    return follow


def _links(parts: Rig) -> dict[str, list[float]]:
    """Measure `get` of two services on one database: one trusts storage, the other has no separate key for parts."""
    asking = parts.settings()
    trusting = parts.settings(**UPLOAD_KEY)
    apis = {"storage is asked": parts.api(asking), "storage is trusted": parts.api(trusting, parts.folder / "trusting")}
    trust_storage(asking)
    file_id = _small(parts, apis["storage is asked"].url)

    def gets(api_url: str) -> None:
        for _ in range(REQUESTS):
            if _get(api_url, file_id)["download_url"] is None:
                raise AssertionError("no link")

    return take_turns({f"get, {name}": partial(gets, api.url) for name, api in apis.items()}, ROUNDS)


def _small(parts: Rig, api_url: str) -> str:
    """Upload and scan a small file; return its id."""
    file = parts.folder / "small.bin"
    write_random(file, MIB)
    file_id = Flow(api_url).upload(file)
    deps = build_deps(Settings.from_env(parts.settings()))
    scan_file(deps, file_id)  # there is no worker here
    deps.db.engine.dispose()
    return file_id


def _get(api_url: str, file_id: str) -> dict[str, Any]:
    """Return the file, requested over a new connection."""
    return dict(Caller(api_url).data("GET", f"/get/{file_id}"))
