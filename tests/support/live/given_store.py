"""A store that runs elsewhere: the service is tested on it, without tests that would stop it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tools.stack.processes.child import Command
from tools.stack.processes.part import Part

NEEDED = ("S3_ENDPOINT_URL", "S3_ACCESS_KEY", "S3_SECRET_KEY")
POSSIBLE = ("S3_REGION", "S3_ADDRESSING_STYLE", "S3_UPLOAD_ACCESS_KEY", "S3_UPLOAD_SECRET_KEY")


class GivenStore(Part):
    """The store of the S3_… variables. Its buckets are created if the key has permission, and stay."""

    name = "given"

    def __init__(self, data: Path, env: Mapping[str, str]) -> None:
        super().__init__(data)
        self._env = {name: env[name] for name in NEEDED} | {name: env[name] for name in POSSIBLE if name in env}

    def commands(self) -> Sequence[Command]:
        return []

    def is_ready(self) -> bool:
        return True

    def is_down(self) -> bool:
        """This process cannot start it."""
        return False

    def describe(self) -> str:
        return self._env["S3_ENDPOINT_URL"]

    def env(self) -> dict[str, str]:
        return self._env

    def kill(self) -> None:
        pytest.skip("this store is not ours to kill")

    def freeze(self) -> None:
        pytest.skip("this store is not ours to stop")
