"""Measures of how a page looks, and a name that is hard to show."""

from __future__ import annotations

import re
from statistics import mean

from playwright.sync_api import Page

LONG_NAME = f"{'a-very-long-name-without-a-space' * 7}.bin"


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def brightness(page: Page) -> float:
    """Mean of the background's red, green and blue, 0 to 255."""
    colour = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    return mean(map(int, re.findall(r"\d+", colour)[:3]))
