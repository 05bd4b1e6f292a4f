"""Objects that all transfers of a client share."""

from __future__ import annotations

from dataclasses import dataclass

from longshore.client.api import Api
from longshore.client.network.backoff import RetryPolicy
from longshore.client.network.storage import Storage
from longshore.client.network.tuner import ConcurrencyLimits


@dataclass(frozen=True)
class Common:
    """window: maximum number of URLs to sign in advance."""

    api: Api
    storage: Storage
    slots: ConcurrencyLimits
    policy: RetryPolicy
    window: int
