"""The Python client, `from longshore import Client`, and the command line, which administers through the domain."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from longshore.client import Client, Observer, RetryPolicy, Stop

__version__ = "0.1.0"
__all__ = ["Client", "Observer", "RetryPolicy", "Stop"]


def __getattr__(name: str) -> Any:
    # the service imports `longshore.receipts`, and needs no client
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("longshore.client"), name)
