"""Upload one file from disk, with retries."""

from __future__ import annotations

from collections.abc import Sequence

from longshore.client.details import Details
from longshore.client.errors import ChunksMissingError, SizeMismatchError
from longshore.client.network.backoff import backoff_delay
from longshore.client.observer import Observer
from longshore.client.progress import Meter
from longshore.client.shared import Common
from longshore.client.stopping import Stop, run_together
from longshore.client.uploads.opening import Job, reopen, start, still_to_send
from longshore.client.uploads.sending import PartSender
from longshore.client.uploads.signing import SigningWindow, Wanted
from longshore.client.uploads.source import FileSource
from longshore.client.values import File, Resumption, SignedChunk
from longshore.receipts.hashing import as_text, digest

MAX_COMPLETIONS = 4
"""Maximum number of answers about missing or wrong chunks before the upload fails."""
READ_AHEAD = 256 * 1024 * 1024
"""Maximum bytes to hash ahead of the senders, so that they are still in the page cache when sent."""


def hashed_ahead(connections: int, chunk_size: int) -> int:
    """Return the chunks to hash ahead: READ_AHEAD bytes, or two for each connection if that is more."""
    return max(2 * connections, READ_AHEAD // chunk_size)


class FileUpload:
    """Send one file. Raises the errors of the client's `upload`."""

    def __init__(self, common: Common, source: FileSource, details: Details, observer: Observer) -> None:
        self._common, self._source, self._details, self._observer = common, source, details, observer

    def run(self, upload_id: str | None, stop: Stop) -> File:
        """upload_id: of an open upload to resume. Returns the file, without waiting for its verdict."""
        if upload_id is None:
            job: Job | File = start(self._common, self._source, self._details, stop)
        else:
            job = reopen(self._common, self._source, self._details, upload_id, self._observer, stop)
        if isinstance(job, File):
            return job
        self._observer.session(job.session)
        meter = Meter(self._source.size, self._observer.progress)
        for chunk_index in set(range(job.plan.total_chunks)) - job.pending:
            meter.stored(chunk_index, job.plan.length(chunk_index))
        self._send_pending(job, meter, stop)
        return self._complete(job, meter, stop)

    def _send_pending(self, job: Job, meter: Meter, stop: Stop) -> None:
        if not job.pending:
            return
        self._observer.stage("uploading")
        sender = PartSender(
            self._common,
            job.session.upload_id,
            self._details.credential,
            job.plan.length,
            lambda chunk_index: self._source.pieces(job.plan.start(chunk_index), job.plan.length(chunk_index)),
            self._source.check_unchanged,
            meter,
        )

        window = self._window(job, stop)

        def send_all(stop: Stop) -> None:
            while (sent := sender.send(window.take, window.sign_again, stop)) is not None:
                job.pending.discard(sent)

        senders = min(self._common.slots.most, len(job.pending))
        run_together([window.fill, *[send_all] * senders], stop)
        meter.tell()

    def _window(self, job: Job, stop: Stop) -> SigningWindow:
        api, size = self._common.api, self._common.window
        if job.algorithm:
            size = min(size, hashed_ahead(self._common.slots.most, job.plan.chunk_size))

        def sign(wanted: Sequence[Wanted]) -> list[SignedChunk]:
            return api.sign(job.session.upload_id, wanted, stop)

        signed, job.signed = job.signed, []
        return SigningWindow(
            sorted(job.pending),
            lambda chunk_index: self._describe(job, chunk_index),
            sign,
            window=size,
            at_once=job.algorithm is None,
            server_skew=lambda: api.http.clock_skew,
            first=signed,
        )

    def _describe(self, job: Job, chunk_index: int) -> Wanted:
        start, length = job.plan.start(chunk_index), job.plan.length(chunk_index)
        wanted: Wanted = {"chunk_index": chunk_index, "chunk_size": length}
        if job.algorithm:
            wanted["checksum"] = as_text(digest(self._source.pieces(start, length), job.algorithm))
        return wanted

    def _complete(self, job: Job, meter: Meter, stop: Stop) -> File:
        """Complete the upload; chunks that are missing or different in storage are sent again.

        If storage refuses complete chunks (InvalidPart, temporarily), the call is repeated.
        """
        body = self._details.complete_body(job.session.upload_id, job.plan.size, job.plan.total_chunks)
        attempt = 0
        while True:
            self._observer.stage("completing")
            self._source.check_unchanged()
            try:
                return self._common.api.complete(body, stop, self._details.old_credential)
            except (ChunksMissingError, SizeMismatchError) as error:
                attempt += 1
                again = set(error.chunks("missing") or error.chunks("mismatched") or self._differing(job, stop))
                if attempt == MAX_COMPLETIONS or not (again or isinstance(error, SizeMismatchError)):
                    raise
            if not again:
                stop.sleep(backoff_delay(attempt, self._common.policy, 1.0))
                continue
            for chunk_index in again:
                meter.moved(chunk_index, 0)
            job.pending = again
            self._send_pending(job, meter, stop)

    def _differing(self, job: Job, stop: Stop) -> set[int]:
        found = self._common.api.resume(job.session.upload_id, self._details.credential, stop)
        if not isinstance(found, Resumption):
            return set()
        return still_to_send(found, job.plan, self._source, self._observer, stop)
