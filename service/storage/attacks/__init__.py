"""Attacks on storage: requests that no URL of ours allows, tried to learn whether storage refuses them.

An outcome depends on the effect on objects, never on a status alone: a filter may remove a header and pass the rest. An
attacker needs only one download link and one part URL for all of them.
"""

from __future__ import annotations

from service.storage.attacks.field import Field, Outcome
from service.storage.attacks.one_put import ONE_PUT, PAGES
from service.storage.attacks.sender import Sender
from service.storage.attacks.tries import ATTACKS

__all__ = ["ATTACKS", "ONE_PUT", "PAGES", "Field", "Outcome", "Sender"]
