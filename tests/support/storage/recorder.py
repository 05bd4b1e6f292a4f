"""A client of S3 that records calls and gives scripted answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from service.storage.s3 import Storage
from service.values import Location

AT, TO = Location("private", "a-key"), Location("public", "a-copy")
PLACE, COPY = {"Bucket": "private", "Key": "a-key"}, {"Bucket": "public", "Key": "a-copy"}
HEAD = {"ContentLength": 5, "ETag": '"e"', "Metadata": {}}


def refusal(code: str, status: int = 400) -> ClientError:
    reply: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(reply, "x")


@dataclass
class Recorder:
    """An S3 client that notes its calls, and gives these answers in turn; an exception is raised."""

    answers: list[Any]
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        def call(**wish: Any) -> Any:
            self.calls.append((name, wish))
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def answering_storage(answers: list[Any]) -> tuple[Storage, list[tuple[str, dict[str, Any]]]]:
    client = Recorder(answers)
    return Storage(client), client.calls  # type: ignore[arg-type]
