"""The Python client, `from longshore import Client`, and the command line, which administers through the domain."""

from longshore.client import Client, Observer, RetryPolicy, Stop

__all__ = ["Client", "Observer", "RetryPolicy", "Stop"]
