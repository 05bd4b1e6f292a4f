"""The ids that the service has given in this run, so that a random request can be about something that is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, MutableMapping
from itertools import cycle
from threading import Lock
from typing import Any

NAMES = ("upload_id", "file_id", "user_id", "appointment_id")
MADE_BY: Mapping[str, Mapping[str, str]] = {
    "initUpload": {"upload_id": "upload_id"},
    "completeUpload": {"file_id": "id"},
    "createUser": {"user_id": "id"},
    "createAppointment": {"appointment_id": "id"},
}
"""Which field of whose answer is an id of what."""
KEPT = 50
"""Of each kind, the newest."""


class Known:
    """Ids by their names; any number of threads may learn and ask."""

    def __init__(self) -> None:
        self._ids: dict[str, list[str]] = {name: [] for name in NAMES}
        self._users: dict[str, str] = {}
        self._deletions: Counter[str] = Counter()
        self._turns = cycle(range(4))
        self._lock = Lock()

    def learn(self, operation: str, data: Mapping[str, Any]) -> None:
        """What an answer has made."""
        with self._lock:
            for name, field in MADE_BY.get(operation, {}).items():
                self._ids[name] = [*self._ids[name], str(data[field])][-KEPT:]
            if operation == "createAppointment":
                self._users[data["id"]] = data["user_id"]

    def forget(self, gone: Collection[str]) -> None:
        """What a request is about to take away."""
        with self._lock:
            self._deletions.update(gone)
            for name, ids in self._ids.items():
                self._ids[name] = [each for each in ids if each not in gone]

    def put_into(self, values: MutableMapping[str, Any]) -> None:
        """In three requests of four, ids that nobody was given are exchanged for the newest ones, or for older ones."""
        with self._lock:
            turn = next(self._turns)
            for name in values.keys() & self._ids.keys():
                ids = self._ids[name]
                if turn and ids and values[name] not in ids:
                    values[name] = ids[-min(turn, len(ids))]

    def should_be_there(self, appointment_id: str) -> bool:
        """Whether a deletion has to find an appointment: it is the first, and nobody has begun to delete its user."""
        with self._lock:
            user_id = self._users.get(appointment_id)
            return user_id is not None and not self._deletions[user_id] and self._deletions[appointment_id] < 2
