"""An observer that keeps what the Python client reports, and the parts that the service received."""

from __future__ import annotations

import hashlib
from base64 import b64encode

from longshore import Observer
from longshore.client.observer import Comparison, Session
from longshore.client.progress import Progress
from tests.support.client.fake_service import FakeService

CHUNKS = 3
TOKEN = "lsk_0123_sesame"


class Recorder(Observer):
    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.stages: list[str] = []
        self.comparisons: list[Comparison] = []
        self.last = Progress(0, None)

    def session(self, session: Session) -> None:
        self.sessions.append(session)

    def stage(self, stage: str) -> None:
        self.stages.append(stage)

    def compared(self, comparison: Comparison) -> None:
        self.comparisons.append(comparison)

    def progress(self, progress: Progress) -> None:
        self.last = progress


def sent(service: FakeService) -> list[int]:
    """The chunks that were sent, by their URLs; twice where one was sent twice."""
    return sorted(int(headers["x-part"]) for headers in service.headers["put"])


def sha256(body: bytes) -> str:
    return b64encode(hashlib.sha256(body).digest()).decode()
