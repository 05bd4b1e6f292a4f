"""A picture that browsers show."""

import base64

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGP4z8AARP8BAAn9Af8Iq/hFAAAAAElFTkSuQmCC"
)
"""A red pixel next to a blue one."""
