"""A store that somebody else runs: the service is tested on it, and what would end it is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tools.stack.processes.child import Command
from tools.stack.processes.part import Part

NEEDED = ("S3_ENDPOINT_URL", "S3_ACCESS_KEY", "S3_SECRET_KEY")
POSSIBLE = ("S3_REGION", "S3_ADDRESSING_STYLE", "S3_UPLOAD_ACCESS_KEY", "S3_UPLOAD_SECRET_KEY")


class GivenStore(Part):
    """What the S3_… variables name. Its buckets are made if the key may make them, and stay."""

    name = "given"

    def __init__(self, data: Path, env: Mapping[str, str]) -> None:
        super().__init__(data)
        self._env = {name: env[name] for name in NEEDED} | {name: env[name] for name in POSSIBLE if name in env}

    def commands(self) -> Sequence[Command]:
        return []

    def is_ready(self) -> bool:
        return True

    def is_down(self) -> bool:
        """Nobody here could start it."""
        return False

    def describe(self) -> str:
        return self._env["S3_ENDPOINT_URL"]

    def env(self) -> dict[str, str]:
        return self._env

    def kill(self) -> None:
        pytest.skip("this store is not ours to kill")

    def freeze(self) -> None:
        pytest.skip("this store is not ours to stop")
