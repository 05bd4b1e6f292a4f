"""The Python client: transfers directly to and from storage. It only needs urllib3."""

from longshore.client.client import Client
from longshore.client.downloads.download import Downloaded
from longshore.client.network.backoff import RetryPolicy
from longshore.client.observer import Comparison, Observer, Session
from longshore.client.progress import Progress
from longshore.client.stopping import Stop
from longshore.client.values import (
    Account,
    Appointment,
    File,
    Folder,
    GrantStatus,
    LinkStatus,
    Resumption,
    Status,
    User,
)
from longshore.grants import Grant
from longshore.links import Link

__all__ = [
    "Account",
    "Appointment",
    "Client",
    "Comparison",
    "Downloaded",
    "File",
    "Folder",
    "Grant",
    "GrantStatus",
    "Link",
    "LinkStatus",
    "Observer",
    "Progress",
    "Resumption",
    "RetryPolicy",
    "Session",
    "Status",
    "Stop",
    "User",
]
