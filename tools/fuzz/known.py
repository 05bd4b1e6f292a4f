"""The ids that the service has created in this run, so that random requests can refer to existing objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, MutableMapping
from itertools import cycle
from threading import Lock
from typing import Any

NAMES = ("upload_id", "file_id", "user_id", "appointment_id", "grant_id", "link_id")
MADE_BY: Mapping[str, Mapping[str, str]] = {
    "initUpload": {"upload_id": "upload_id"},
    "completeUpload": {"file_id": "id"},
    "createUser": {"user_id": "id"},
    "createAppointment": {"appointment_id": "id"},
    "createGrant": {"grant_id": "grant_id"},
    "createLink": {"link_id": "link_id"},
}
"""Operation → the kind of id → the field of the response that contains it."""
KEPT = 50
"""The number of newest ids that are kept of each kind."""


class Known:
    """Known ids by kind; thread-safe."""

    def __init__(self) -> None:
        self._ids: dict[str, list[str]] = {name: [] for name in NAMES}
        self._users: dict[str, str] = {}
        self._deletions: Counter[str] = Counter()
        self._turns = cycle(range(4))
        self._lock = Lock()

    def learn(self, operation: str, data: Mapping[str, Any]) -> None:
        """Add the ids of a response."""
        with self._lock:
            for name, field in MADE_BY.get(operation, {}).items():
                self._ids[name] = [*self._ids[name], str(data[field])][-KEPT:]
            if operation == "createAppointment":
                self._users[data["id"]] = data["user_id"]

    def forget(self, gone: Collection[str]) -> None:
        """Remove ids that a request is about to delete."""
        with self._lock:
            self._deletions.update(gone)
            for name, ids in self._ids.items():
                self._ids[name] = [each for each in ids if each not in gone]

    def put_into(self, values: MutableMapping[str, Any]) -> None:
        """In three of four requests, replace unknown ids by the newest known ones, or by older ones."""
        with self._lock:
            turn = next(self._turns)
            for name in values.keys() & self._ids.keys():
                ids = self._ids[name]
                if turn and ids and values[name] not in ids:
                    values[name] = ids[-min(turn, len(ids))]

    def should_be_there(self, appointment_id: str) -> bool:
        """Whether a deletion must find an appointment: it is the first, and no deletion of its user has begun."""
        with self._lock:
            user_id = self._users.get(appointment_id)
            return user_id is not None and not self._deletions[user_id] and self._deletions[appointment_id] < 2
