"""Ports that must not be reachable from outside, tried at the public addresses."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from service.admin.doctor.addresses import host_of, is_local
from service.admin.doctor.finding import Check, CheckContext, Finding, ok, warn

PRIVATE = {
    1344: "the ICAP server",
    3306: "MySQL",
    3310: "clamd",
    6379: "Redis",
    8000: "the API without its proxy",
    9000: "storage without its proxy",
    9001: "MinIO's console",
    9181: "rq-dashboard",
}
SECONDS = 2.0


def closed(context: CheckContext) -> Finding:
    urls = [url for url in (context.url, context.deps.settings.s3_public_endpoint_url) if url]
    hosts = sorted({host_of(url) for url in urls if not is_local(url)})
    if not hosts:
        return ok("all addresses are on this machine, so there is nothing to check")
    meant = {(host_of(url), urlsplit(url).port) for url in urls}
    tried = [(host, port) for host in hosts for port in PRIVATE if (host, port) not in meant]
    with ThreadPoolExecutor(len(tried)) as threads:
        answers = threads.map(is_open, *zip(*tried, strict=True))
    found = [
        f"{PRIVATE[port]} ({host}:{port})" for (host, port), is_there in zip(tried, answers, strict=True) if is_there
    ]
    if found:
        change = "Publish none of them; if you ran this inside your network, run it again from outside."
        return warn(f"reachable from here: {', '.join(found)}", change)
    return ok(f"not reachable at {', '.join(hosts)}: {', '.join(PRIVATE.values())}")


def is_open(host: str, port: int) -> bool:
    """Whether a server accepts connections on the port."""
    try:
        with socket.create_connection((host, port), timeout=SECONDS):
            return True
    except OSError:
        return False


CHECKS: dict[str, Check] = {"closed": closed}
