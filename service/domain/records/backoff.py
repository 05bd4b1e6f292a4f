"""Exponential backoff for retries."""

from datetime import timedelta

MOST_DOUBLINGS = 20
"""More would overflow a timedelta."""


def wait_after(failures: int, first: timedelta, longest: timedelta) -> timedelta:
    """Return `first`, doubled for each of `failures` (earlier ones, from 0), at most `longest`."""
    wait: timedelta = first * 2 ** min(failures, MOST_DOUBLINGS)
    return min(wait, longest)
