"""The words of the table's cells."""


def refusal(status: int) -> str:
    """What an HTTP status means for a request that should not pass."""
    if 400 <= status < 500:
        return "refused"
    return "**let through**" if status < 300 else f"error {status}"


def whether(so: object) -> str:
    """yes or no."""
    return "yes" if so else "no"
