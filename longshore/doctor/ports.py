"""Ports that nobody from outside should reach, tried at the public address."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from longshore.doctor.finding import Check, Finding, Ground, ok, warn
from longshore.doctor.settings import LOCAL

PRIVATE = {3306: "MySQL", 3310: "clamd", 6379: "Redis", 9181: "rq-dashboard"}
SECONDS = 2.0


def closed(ground: Ground) -> Finding:
    host = urlsplit(ground.deps.settings.s3_public_endpoint_url).hostname or ""
    if host in LOCAL:
        return ok(f"{host} is this machine: nothing to try")
    found = [f"{name} ({port})" for port, name in PRIVATE.items() if is_open(host, port)]
    if found:
        change = "Publish none of them; if this was tried from inside of your network, try again from outside."
        return warn(f"{host} lets in to {', '.join(found)}", change)
    return ok(f"{host} lets in to none of {', '.join(PRIVATE.values())}")


def is_open(host: str, port: int) -> bool:
    """Whether somebody takes a connection there."""
    try:
        with socket.create_connection((host, port), timeout=SECONDS):
            return True
    except OSError:
        return False


CHECKS: dict[str, Check] = {"closed": closed}
