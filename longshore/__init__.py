"""The Python client, `from longshore import Client`, and the command line. Administration goes straight to the domain."""

from longshore.client import Client, Observer, RetryPolicy, Stop

__all__ = ["Client", "Observer", "RetryPolicy", "Stop"]
