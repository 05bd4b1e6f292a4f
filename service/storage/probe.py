"""What storage really checks, found out by asking it: never from a list of product names."""

from __future__ import annotations

import base64
import logging
import threading
import uuid
from collections.abc import Callable
from hashlib import sha256

import urllib3

from service.errors import StorageRefusedError, StorageUnavailableError
from service.storage.presign import Presigner, checksum_headers
from service.storage.s3 import Storage
from service.values import Location, PartToSign

log = logging.getLogger(__name__)

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


class ChecksumProbe:
    """Tries every algorithm once a process, on the first question, by the very requests that browsers are given.

    presigner: for the endpoint by which the service itself reaches storage. owe: told of every place before a probe
    opens an upload there, and sees to it that none stays open: this process may die, or storage go away, half-way.
    """

    def __init__(self, storage: Storage, presigner: Presigner, bucket: str, owe: Callable[[Location], None]) -> None:
        self._storage = storage
        self._presigner = presigner
        self._bucket = bucket
        self._owe = owe
        self._enforces_it: dict[str, bool] = {}
        self._one_at_a_time = threading.Lock()

    def enforced(self) -> frozenset[str]:
        """The algorithms whose checksums storage holds parts to.

        Raises StorageUnavailableError and what `owe` raises; then the next call goes on where this one stopped.
        """
        with self._one_at_a_time:
            for name in CHECKSUMS:
                if name not in self._enforces_it:
                    self._enforces_it[name] = self._enforces(name)
                    log.info("checksum_probed algorithm=%s enforced=%s", name, self._enforces_it[name])
        return frozenset(name for name, enforces in self._enforces_it.items() if enforces)

    def _enforces(self, algorithm: str) -> bool:
        """Whether a part with the right checksum is taken, and one with another refused."""
        at = Location(self._bucket, f"probe-{uuid.uuid4()}")
        self._owe(at)
        try:
            storage_upload_id = self._storage.create_upload(at, "probe", algorithm)
        except StorageRefusedError:
            return False
        try:
            part = PartToSign(1, len(BODY), CHECKSUMS[algorithm])
            url = self._presigner.sign_parts(at, storage_upload_id, [part], SECONDS, algorithm).urls[0]
            headers = checksum_headers(algorithm, CHECKSUMS[algorithm])
            return _put(url, OTHER_BODY, headers) >= 400 and _put(url, BODY, headers) == 200
        finally:
            self._storage.abort_upload(at, storage_upload_id)


def _put(url: str, body: bytes, headers: dict[str, str]) -> int:
    try:
        return urllib3.request("PUT", url, body=body, headers=headers, timeout=10.0, retries=False).status
    except urllib3.exceptions.HTTPError as error:
        raise StorageUnavailableError from error
