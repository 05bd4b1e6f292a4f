"""Attacks on storage: requests that no URL of ours allows, tried to learn whether storage refuses them.

Outcomes are judged by what became of the objects, never by a status alone: a filter may take a header away and let the
rest pass. What an attacker needs for all of it is one download link and one part URL.
"""

from __future__ import annotations

from service.storage.attacks.field import Field, Outcome
from service.storage.attacks.sender import Sender
from service.storage.attacks.tries import ATTACKS

__all__ = ["ATTACKS", "Field", "Outcome", "Sender"]
