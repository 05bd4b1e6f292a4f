"""The contents of docker-compose.yml and of the files next to it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml

from tools.programs import ROOT

UNUSED = {"jwt_secret", "metrics_token", "redis_metrics_password", "secret_key_previous", "jwt_secret_previous"}
"""Secrets whose files are empty by default, which turns their features off."""
ITS_OWN = {"TemporaryDirectory", "DatabaseDirectory", "TCPAddr", "TCPSocket", "SelfCheck"}
"""Lines of clamd.conf that differ between the image and `./dev up`."""


def compose(name: str = "docker-compose.yml") -> dict[str, Any]:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, _suffix, node: loader.construct_mapping(node))
    return dict(yaml.load((ROOT / name).read_text(), Loader))


SERVICES: dict[str, dict[str, Any]] = compose()["services"]


def samples() -> dict[str, str]:
    return {file.name: file.read_text().strip() for file in (ROOT / "deploy" / "sample-secrets").iterdir()}


def made(folder: Path) -> dict[str, str]:
    subprocess.run(["sh", str(ROOT / "deploy" / "make-secrets"), str(folder)], check=True)
    return {file.name: file.read_text().strip() for file in folder.iterdir()}


def clamd_lines(text: str) -> dict[str, str]:
    lines = dict(line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: value for name, value in lines.items() if name not in ITS_OWN}
