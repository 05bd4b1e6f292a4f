"""The plan of one client for one file, made from the seed alone, so that the seed repeats it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from enum import StrEnum
from random import Random
from typing import Any

from service.limits import MIB
from service.values import ALGORITHMS
from tools.stack.servers.clamd import eicar

CHUNK = 5 * MIB
"""Bytes of a chunk: the smallest that S3 allows."""


class Ending(StrEnum):
    """The intended end of a client's upload."""

    COMPLETE = "complete"
    REPEAT = "complete again and again"
    DELETE = "delete when ready"
    DELETE_SOON = "delete as soon as it is a file"
    ABORT = "abort"
    ABANDON = "abandon"
    VANISH = "vanish while it completes"


@dataclass(frozen=True)
class Plan:
    """One upload. size: bytes; size_known: sent with init; eicar_at: offset of the test virus, or None.

    sent: share of the chunks that are sent before an abort, or before the client abandons the upload.
    """

    number: int
    seed: int
    ending: Ending
    size: int
    size_known: bool
    algorithm: str | None
    private: bool
    eicar_at: int | None
    sent: float
    waits: bool

    @property
    def credential(self) -> dict[str, str] | None:
        """Return the credential of a private file."""
        return {"owner": f"client of {self.number}"} if self.private else None

    def body(self) -> bytes:
        """Return the file's bytes: the same each time, and different from those of other files."""
        # not a secret: random bytes that the seed repeats
        noise = Random(f"{self.seed}/{self.number}/body").randbytes(self.size)
        if self.eicar_at is None:
            return noise
        return noise[: self.eicar_at] + eicar() + noise[self.eicar_at + len(eicar()) :]

    def sha256(self) -> str:
        """Return the SHA-256 of the body, in hex."""
        return hashlib.sha256(self.body()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def make_plans(seed: int, count: int) -> list[Plan]:
    """Return the plans of a run; each has its own random stream, so a longer run begins with those of a shorter one."""
    return [_plan(seed, number, Random(f"{seed}/{number}/plan")) for number in range(count)]


def _plan(seed: int, number: int, random: Random) -> Plan:
    infected = random.random() < 0.12
    size = max(_size(random), len(eicar()) if infected else 0)
    last = size - len(eicar())
    endings = {
        Ending.COMPLETE: 50,
        Ending.REPEAT: 15,
        Ending.DELETE: 8,
        Ending.DELETE_SOON: 4,
        Ending.ABORT: 9,
        Ending.ABANDON: 8,
        Ending.VANISH: 6,
    }
    return Plan(
        number=number,
        seed=seed,
        ending=random.choices(list(endings), list(endings.values()))[0],
        size=size,
        size_known=random.random() < 0.7,
        algorithm=random.choice(ALGORITHMS) if random.random() < 0.35 else None,
        private=random.random() < 0.4,
        eicar_at=random.choice((0, last, random.randint(0, last))) if infected else None,
        sent=random.choice((0.0, 0.5, 1.0)),
        waits=random.random() < 0.3,
    )


def _size(random: Random) -> int:
    """Return a size in bytes, mostly a small one, so that a thousand files have about two GiB."""
    kinds = {
        0: 8,
        1: 8,
        random.randint(2, 200_000): 60,
        CHUNK: 8,
        CHUNK + 1: 4,
        2 * CHUNK: 4,
        random.randint(CHUNK + 1, 4 * CHUNK): 8,
    }
    return random.choices(list(kinds), list(kinds.values()))[0]
