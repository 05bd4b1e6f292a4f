"""Write the diagrams of docs/flow.md and README.md from a recorded upload: python -m tests.support.flow_map.

The one in docs/flow.md has every statement and call, the one in README.md those that change something. The
service is the real one, in this process; storage is moto, clamd and the queue are the tests' stand-ins.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from moto import mock_aws

from service import crashpoints
from tests.support.service.recorded_calls import recorded
from tests.support.service_under_test import CHUNK, App, make_app_under_test
from tools.docs.generated_blocks import rewritten
from tools.programs import ROOT

DOCUMENTS = {ROOT / "README.md": False, ROOT / "docs" / "flow.md": True}
"""Each document with its kind of diagram: complete, or only changes."""
BEGIN, END = "<!-- flow: python -m tests.support.flow_map -->\n", "<!-- end of flow -->\n"
PARTICIPANTS = {
    "B": "Browser",
    "L": "Longshore",
    "D": "Database",
    "S": "Storage (S3)",
    "Q": "Queue (Redis)",
    "W": "Worker",
    "A": "ClamAV",
}
BODY = b"x" * CHUNK + b"y"
DONE = {point.name: point.done for point in crashpoints.POINTS}
TABLE = re.compile(r"(INSERT)\b.*?\bINTO (\w+)|(UPDATE) (\w+)|(DELETE) FROM (\w+)|(SELECT)\b.*?\bFROM (\w+)", re.DOTALL)
READS = ("SELECT", "HeadObject", "ListParts", "GetBucketVersioning")


class Seen(NamedTuple):
    """A line of the diagram. changes: whether it changes anything."""

    line: str
    changes: bool


class Watch:
    """The recorded steps in order; `at` is the actor: L, the service, or W, the worker."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.at = "L"
        self._statements: list[str] = []

    def arrow(self, start: str, end: str, words: str, *, answer: bool = False) -> None:
        self.flush()
        self.seen.append(Seen(f"{start}{'-->>' if answer else '->>'}{end}: {words}", not words.startswith(READS)))

    def note(self, name: str) -> None:
        """Record a crash point."""
        self.flush()
        self.seen.append(Seen(f"Note over {self.at}: {DONE[name]}", changes=False))

    def statement(self, text: str) -> None:
        found = TABLE.match(text.strip())
        if found:
            self._statements.append(" ".join(word for word in found.groups() if word))

    def commit(self) -> None:
        if any(not words.startswith(READS) for words in self._statements):
            self._statements.append("COMMIT")
        self.flush()

    def call(self, name: str) -> None:
        self.arrow(self.at, "S", name)

    def flush(self) -> None:
        """Add the statements since the last call as one arrow."""
        statements, self._statements = self._statements, []
        if statements:
            self.arrow(self.at, "D", ", ".join(dict.fromkeys(statements)))


@contextmanager
def watching(app: App) -> Iterator[Watch]:
    """Everything that the world's service does inside of the block."""
    watch = Watch()
    enqueue, scan = app.queue.enqueue_scan, app.scanner.scan

    def enqueued(*args: Any, **kwargs: Any) -> bool:
        watch.arrow(watch.at, "Q", "the scan's job")
        return enqueue(*args, **kwargs)

    def scanned(pieces: Iterator[bytes], size: int, *_: Any) -> Any:
        watch.arrow("W", "A", "INSTREAM, the object's bytes")
        verdict = scan(pieces, size)
        watch.arrow("A", "W", "stream: OK", answer=True)
        return verdict

    replaced = {"_folder": Path(), "die_where_armed": lambda _folder, name: watch.note(name)}
    with (
        recorded(app, watch.statement, watch.call, watch.commit),
        patch.object(app.queue, "enqueue_scan", enqueued),
        patch.object(app.scanner, "scan", scanned),
        patch.multiple(crashpoints, **replaced),
    ):
        yield watch


def observed(app: App) -> list[Seen]:
    """Upload a public file of two parts, from init to its link."""
    app.scanner.max_size = len(BODY)
    with watching(app) as watch:
        watch.arrow("B", "L", "POST /upload/init/")
        opened = app.init(size=len(BODY))
        watch.arrow("L", "B", f"upload_id, {len(opened['chunks'])} signed chunks", answer=True)
        for chunk in opened["chunks"]:
            watch.arrow("B", "S", f"PUT part {chunk['part_number']} to its presigned URL")
            app.put(chunk, BODY[chunk["chunk_index"] * CHUNK :][:CHUNK])
        watch.arrow("B", "L", "POST /upload/complete/")
        file = app.post("/upload/complete/", **app.completion(opened, BODY)).json["data"]
        watch.arrow("L", "B", f"the file, {file['virus_scan_status']}, no link yet", answer=True)
        watch.at = "W"
        watch.arrow("Q", "W", "the job")
        app.scan(file["id"])
        watch.flush()
        watch.at = "L"
        watch.arrow("B", "L", "GET /get/{file_id}")
        shown = app.get(file["id"]).json["data"]
        watch.arrow("L", "B", f"the file, {shown['virus_scan_status']}, with its link", answer=True)
    return watch.seen


def text(seen: list[Seen], *, whole: bool) -> str:
    """Return the diagram for Mermaid (https://mermaid.js.org/syntax/sequenceDiagram.html)."""
    names = [f"    participant {letter} as {name}" for letter, name in PARTICIPANTS.items()]
    lines = [f"    {each.line}" for each in seen if whole or each.changes]
    return "\n".join(["```mermaid", "sequenceDiagram", *names, *lines, "```\n"])


def main() -> None:
    with mock_aws(), tempfile.TemporaryDirectory() as folder:
        seen = observed(make_app_under_test(Path(folder)))
    for document, whole in DOCUMENTS.items():
        document.write_text(rewritten(document.read_text(), BEGIN, END, text(seen, whole=whole)))


if __name__ == "__main__":
    main()
