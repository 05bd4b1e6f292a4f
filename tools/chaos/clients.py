"""Clients that behave like real ones: they query the progress, send missing chunks, and complete again."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from longshore.receipts.hashing import digest
from tools.api_calls import Caller, completion
from tools.chaos.ledger import Attempt, Entry
from tools.chaos.patience import DeadlineError, DeadUploadError, Limit, Patient
from tools.chaos.plan import CHUNK, Ending

VANISH_SECONDS = 0.02
DONE = {"ready", "quarantined"}
LATE_TRIES = 40
SEND_AGAIN = "size_mismatch"


class Client(Patient):
    """A client that carries out one plan and records the promises in its entry."""

    def __init__(self, caller: Caller, entry: Entry, limit: Limit) -> None:
        super().__init__(caller, entry, limit)
        self.body = self.plan.body()
        self.chunks = max(1, -(-len(self.body) // CHUNK))
        self._last: Mapping[str, Any] | None = None

    def run(self) -> None:
        """Carry out the plan; start a new upload if the service reports that the old one is dead."""
        try:
            while not self.entry.ended:
                try:
                    self._attempt()
                    self.entry.ended = True
                except DeadUploadError as error:
                    self._current.dead = str(error)
        except DeadlineError:
            return

    @property
    def _current(self) -> Attempt:
        return self.entry.attempts[-1]

    def _attempt(self) -> None:
        opened = self._open()
        match self.plan.ending:
            case Ending.ABANDON:
                self._send_some(opened)
            case Ending.ABORT:
                self._send_some(opened)
                self._end(f"/upload/{opened['upload_id']}", "aborted")
                self._put_late()
            case Ending.VANISH:
                self._send_all(opened)
                self.entry.complete_asked = True
                self._call("POST", "/upload/complete/", self._completion(), seconds=VANISH_SECONDS)
            case _:
                self._send_all(opened)
                self._after(self._complete())

    def _after(self, file_id: str) -> None:
        """Repeat the completion, wait, or delete the file, as the plan has it."""
        if self.plan.ending == Ending.REPEAT:
            for _ in range(self.random.randint(1, 3)):
                self._complete()
        if self.plan.ending == Ending.DELETE or self.plan.waits:
            self._wait_done(file_id)
        if self.plan.ending in {Ending.DELETE, Ending.DELETE_SOON}:
            self._end(f"/{file_id}", "deleted")
            self._put_late()

    # the steps

    def _open(self) -> dict[str, Any]:
        body = {
            "size": self.plan.size if self.plan.size_known else None,
            "checksum_algorithm": self.plan.algorithm,
            "filename": self._name(),
            "chunk_size": CHUNK,
        }
        opened: dict[str, Any] = self._call_until_ok("POST", "/upload/init/", body).data
        self.entry.attempts.append(Attempt(opened["upload_id"], opened["file_id"]))
        return opened

    def _send_some(self, opened: Mapping[str, Any]) -> None:
        """Send a share of the chunks, each once: this client will not complete the upload."""
        count = round(self.chunks * self.plan.sent)
        if count:
            for chunk in self._signed(opened, range(count)):
                self._put(chunk)

    def _send_all(self, opened: Mapping[str, Any]) -> None:
        """Send all chunks, and failed ones again, until storage has them or `complete` is to report what is missing."""
        todo: Sequence[int] = range(self.chunks)
        while todo:
            failed = [chunk["chunk_index"] for chunk in self._signed(opened, todo) if not self._put(chunk)]
            opened = {}
            if failed:
                self._wait()
                if self.random.random() < 0.3:
                    return  # `complete` reports what is missing
            todo = self._missing() if failed else []

    def _signed(self, opened: Mapping[str, Any], indexes: Iterable[int]) -> list[dict[str, Any]]:
        """Return permissions for these chunks, those from init if it had them."""
        wanted = list(indexes)
        given = [chunk for chunk in opened.get("chunks", []) if chunk["chunk_index"] in wanted]
        if len(given) < len(wanted):
            body = {"upload_id": self._current.upload_id, "chunks": [self._chunk_request(index) for index in wanted]}
            given = self._call_until_ok("POST", "/upload/chunk/", body).data["chunks"]
        return given

    def _chunk_request(self, index: int) -> dict[str, Any]:
        part = self._part(index)
        request: dict[str, Any] = {"chunk_index": index, "chunk_size": len(part)}
        if self.plan.algorithm:
            request["checksum"] = base64.b64encode(digest([part], self.plan.algorithm)).decode()
        return request

    def _put(self, chunk: Mapping[str, Any]) -> bool:
        where = urlsplit(chunk["url"])
        attempt = self._current
        _, attempt.bucket, attempt.object_key = unquote(where.path).split("/", 2)
        [attempt.storage_upload_id] = parse_qs(where.query).get("uploadId", [None])
        self._last = chunk
        return self.caller.put(chunk, self._part(chunk["chunk_index"]))

    def _put_late(self) -> None:
        """Send the chunk of one PUT again, whose URL is still valid: the service must delete that object later.

        For some seconds, as storage may be down, or still have the first object.
        """
        if self._last is None or self._current.storage_upload_id is not None:
            return
        for _ in range(LATE_TRIES):
            self._current.late = self._put(self._last)
            if self._current.late:
                return
            self._wait()

    def _missing(self) -> list[int]:
        """Return the chunks that storage does not have, by the service's list."""
        resumed = self._call_until_ok("POST", "/upload/retry", {"upload_id": self._current.upload_id}).data
        there = {chunk["chunk_index"] for chunk in resumed["uploaded"] if self._is_whole(chunk)}
        return [index for index in range(self.chunks) if index not in there]

    def _is_whole(self, chunk: Mapping[str, Any]) -> bool:
        return bool(chunk["size"] == len(self._part(chunk["chunk_index"])))

    def _complete(self) -> str:
        """Complete the upload, as often as needed, and return the file's id."""
        self.entry.complete_asked = True
        while True:
            answer = self._call("POST", "/upload/complete/", self._completion())
            if answer.ok:
                return self._promised(answer.data)
            if answer.later:
                self._wait(answer.retry_after)
                self._check_meanwhile()
                continue
            again = answer.body.get("missing") or answer.body.get("mismatched")
            if again or answer.code == SEND_AGAIN:
                for chunk in self._signed({}, again or range(self.chunks)):
                    self._put(chunk)
                self._wait()
                continue
            self._refused("complete", answer)

    def _promised(self, file: Mapping[str, Any]) -> str:
        self.entry.completed.append(file["id"])
        return str(file["id"])

    def _check_meanwhile(self) -> None:
        """Between two attempts, sometimes call `retry`, which may finish the upload, or `status`."""
        dice = self.random.random()
        if dice < 0.25:
            body = {"upload_id": self._current.upload_id, "credential": self.plan.credential}
            answer = self._call("POST", "/upload/retry", body)
            if answer.ok and "virus_scan_status" in answer.data:
                self._promised(answer.data)
        elif dice < 0.5:
            self._call("GET", f"/status/{self._current.file_id}", credential=self.plan.credential)

    def _wait_done(self, file_id: str) -> None:
        """Wait until the scan has ended; repeat a failed one."""
        while True:
            status = self._call_until_ok("GET", f"/status/{file_id}", credential=self.plan.credential).data
            if status["stage"] in DONE:
                self._call_until_ok("GET", f"/get/{file_id}", credential=self.plan.credential)
                return
            self._wait()
            if status["stage"] == "scan_failed" and self.random.random() < 0.3:
                self._call("POST", "/upload/retry", {"file_id": file_id, "credential": self.plan.credential})

    def _end(self, path: str, what: str) -> None:
        """Delete or abort until the service confirms it. A repeated deletion may get a 404: the first one succeeded."""
        self.entry.delete_asked |= what == "deleted"
        requests = 0
        while True:
            answer = self._call("DELETE", path, credential=self.plan.credential)
            if answer.ok or (answer.status == 404 and requests and what == "deleted"):
                setattr(self.entry, what, True)
                return
            if not answer.later:
                self._refused(f"DELETE, request {requests + 1}", answer)
            requests += 1
            self._wait(answer.retry_after)

    # the file

    def _part(self, index: int) -> bytes:
        return self.body[index * CHUNK : (index + 1) * CHUNK]

    def _name(self) -> str:
        return f"file-{self.plan.number}.bin"

    def _completion(self) -> dict[str, Any]:
        upload_id, size = self._current.upload_id, len(self.body)
        return completion(upload_id, self._name(), size, self.chunks, credential=self.plan.credential)
