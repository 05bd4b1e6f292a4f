"""Adoptions: objects of other programs that become files where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from longshore.client.admin.calls import Calls
from longshore.client.stopping import Stop
from longshore.client.values import load

PAUSE = 1.0
"""Seconds between two looks at an adoption that runs."""


@dataclass(frozen=True)
class Adoption:
    """An adoption of the objects of a bucket, and its progress.

    state: `running`, `following` (storage's events add new objects), `done` or `cancelled`. adopted: new files;
    renewed: files whose object had changed; unchanged: objects that were files already; reasons: of the last objects
    that were skipped or failed, each with `key` and `reason`. position: the last key that was examined; problem: what
    it waits for.
    """

    adoption_id: str
    bucket: str
    prefix: str
    owner: str | None
    policy: str | None
    follow: bool
    state: str
    adopted: int
    renewed: int
    unchanged: int
    skipped: int
    failed: int
    bytes: int
    reasons: list[dict[str, str]]
    position: str | None
    problem: str | None
    created_by: str
    created_at: str
    ended_at: str | None = None


class AdoptionCalls(Calls):
    """Adopt objects, and follow adoptions."""

    def adopt(
        self,
        bucket: str,
        prefix: str = "",
        *,
        owner: str | None = None,
        policy: str | None = None,
        follow: bool = False,
    ) -> Adoption:
        """Adopt the objects of a bucket whose keys begin with `prefix`: they become files where they lie.

        owner: of the files; None: only operators see them. policy: the upload policy whose rules apply; follow: whether
        storage's events add objects that come later.
        """
        body = {"bucket": bucket, "prefix": prefix, "owner": owner, "policy": policy, "follow": follow}
        return load(Adoption, self._call("POST", "/adoptions", body=body))

    def adoption(self, adoption_id: str) -> Adoption:
        """Return an adoption and its progress."""
        return load(Adoption, self._call("GET", f"/adoptions/{quote(adoption_id)}"))

    def adoptions(self) -> Iterator[Adoption]:
        """Yield all adoptions, newest first."""
        return self._list(Adoption, "/adoptions")

    def watch_adoption(self, adoption_id: str, stop: Stop | None = None) -> Iterator[Adoption]:
        """Yield an adoption until it has examined all objects, or was cancelled."""
        while True:
            found = self.adoption(adoption_id)
            yield found
            if found.state != "running":
                return
            (stop or Stop()).sleep(PAUSE)

    def cancel_adoption(self, adoption_id: str) -> Adoption:
        """Cancel an adoption: it adopts no further object. Its files stay."""
        return load(Adoption, self._call("DELETE", f"/adoptions/{quote(adoption_id)}"))
