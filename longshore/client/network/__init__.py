"""Requests over the network: to the service and to storage, with retries, and as many in parallel as is fast."""
