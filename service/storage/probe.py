"""Test which checksums storage enforces, instead of a list of product names."""

from __future__ import annotations

import base64
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import urllib3

from service.errors import StorageRefusedError, StorageUnavailableError
from service.observability.logs import get_logger
from service.storage.presign import Presigner, checksum_headers
from service.storage.replies import error_code, is_refusal
from service.storage.s3 import Storage
from service.values import Location, NewMultipart, PartToSign
from service.values.object_keys import PROBE

log = get_logger(__name__)

BODY = b"123456789"
CHECKSUMS = {
    "SHA256": base64.b64encode(sha256(BODY).digest()).decode(),
    # the check values of https://reveng.sourceforge.io/crc-catalogue/ (CRC-32/ISO-HDLC, CRC-32/ISCSI, CRC-64/NVME)
    "CRC32": base64.b64encode(0xCBF43926.to_bytes(4, "big")).decode(),
    "CRC32C": base64.b64encode(0xE3069283.to_bytes(4, "big")).decode(),
    "CRC64NVME": base64.b64encode(0xAE8B14860A799888.to_bytes(8, "big")).decode(),
}
"""Each algorithm's checksum of BODY, as S3 writes it."""
OTHER_BODY = b"123456780"
SECONDS = 60
"""Seconds for which a probe's URL is valid."""
ANSWER_SECONDS = 10.0
NOT_IMPLEMENTED = 501


class ChecksumProbe:
    """Tests an algorithm when it is first requested, with the same requests that browsers get.

    Only responses of storage itself are remembered, until the process ends.

    presigner: for the endpoint by which the service reaches storage. plan_cleanup: called for every location before a
    probe opens an upload there, to make sure that none stays open: this process may die, or storage may become
    unavailable.
    """

    def __init__(
        self, storage: Storage, presigner: Presigner, bucket: str, plan_cleanup: Callable[[Location], None]
    ) -> None:
        self._storage = storage
        self._presigner = presigner
        self._bucket = bucket
        self._plan_cleanup = plan_cleanup
        self._enforces_it: dict[str, bool] = {}
        self._one_at_a_time = threading.Lock()

    def enforces(self, algorithm: str) -> bool:
        """Whether storage enforces this algorithm's checksums of parts.

        Raises StorageUnavailableError, StorageRefusedError if it opens no upload at all, and what `plan_cleanup`
        raises: the next call tests again.
        """
        with self._one_at_a_time:
            return self._known(algorithm)

    def enforced(self) -> frozenset[str]:
        """Return all such algorithms. Raises like `enforces`; then the next call continues where this one stopped."""
        with self._one_at_a_time:
            return frozenset(name for name in CHECKSUMS if self._known(name))

    def _known(self, algorithm: str) -> bool:
        if algorithm not in self._enforces_it:
            self._enforces_it[algorithm] = self._enforces(algorithm)
            log.info("checksum_probed", algorithm=algorithm, enforced=self._enforces_it[algorithm])
        return self._enforces_it[algorithm]

    def _enforces(self, algorithm: str) -> bool:
        """Whether a part with the right checksum is accepted, and one with a wrong checksum refused.

        Raises StorageUnavailableError for responses that are not storage's own, or that mean "try again later".
        """
        at = Location(self._bucket, f"{PROBE}{uuid.uuid4()}")
        self._plan_cleanup(at)
        try:
            storage_upload_id = self._storage.create_upload(NewMultipart(at, "probe", algorithm))
        except StorageRefusedError:
            # the algorithm's fault only if storage opens an upload without it
            self._storage.abort_upload(at, self._storage.create_upload(NewMultipart(at, "probe")))
            return False
        try:
            part = PartToSign(1, len(BODY), CHECKSUMS[algorithm])
            url = self._presigner.sign_parts(at, storage_upload_id, [part], SECONDS, algorithm).urls[0]
            headers = checksum_headers(algorithm, CHECKSUMS[algorithm])
            return not _is_taken(_put(url, OTHER_BODY, headers)) and _is_taken(_put(url, BODY, headers))
        finally:
            self._storage.abort_upload(at, storage_upload_id)


@dataclass(frozen=True)
class Answer:
    """The response to a PUT. etag: empty without one; code: S3's error code if it was refused, else empty."""

    status: int
    etag: str = ""
    code: str = ""


def _is_taken(answer: Answer) -> bool:
    """Whether storage has stored the bytes; False if it rejects them.

    Raises StorageUnavailableError if the answer is neither: an overload, or a page from a proxy.
    """
    if answer.status == 200 and answer.etag:
        return True
    if (400 <= answer.status < 500 or answer.status == NOT_IMPLEMENTED) and is_refusal(answer.code):
        return False
    log.warning("checksum_probe_unclear", status=answer.status, code=answer.code)
    raise StorageUnavailableError


def _put(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    try:
        answer = urllib3.request("PUT", url, body=body, headers=headers, timeout=ANSWER_SECONDS, retries=False)
    except urllib3.exceptions.HTTPError as error:
        raise StorageUnavailableError from error
    return Answer(answer.status, answer.headers.get("ETag", ""), error_code(answer.data))
