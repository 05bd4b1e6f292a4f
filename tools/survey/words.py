"""The texts of the table's cells."""


def refusal(status: int) -> str:
    """Return the result for the HTTP status of a request that must be refused."""
    if 400 <= status < 500:
        return "refused"
    return "**let through**" if status < 300 else f"error {status}"


def whether(so: object) -> str:
    """Return yes or no."""
    return "yes" if so else "no"
