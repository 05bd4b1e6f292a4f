"""The cache that Swift's proxy wants, in its own memory: one proxy process needs no memcached beside it.

Without a cache Swift asks for the account and the container anew with every request.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

WsgiApp = Callable[[dict[str, Any], Any], Any]
MAX_ENTRIES = 10_000


class MemoryCache:
    """The calls of Swift's memcache client that the proxy makes; values pass through JSON as they would there."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: dict[str, tuple[float, str]] = {}

    def set(self, key: str, value: Any, time: float = 0, **_options: Any) -> None:
        """Keeps `value` for `time` seconds; 0 is for ever."""
        if len(self._entries) >= MAX_ENTRIES:
            self._entries.clear()
        ends = self._clock() + time if time > 0 else float("inf")
        self._entries[key] = (ends, json.dumps(value))

    def get(self, key: str, **_options: Any) -> Any:
        """The value, or None when it is unknown or its time is over."""
        ends, text = self._entries.get(key, (0.0, "null"))
        if ends <= self._clock():
            self._entries.pop(key, None)
            return None
        return json.loads(text)

    def delete(self, key: str, **_options: Any) -> None:
        """Forgets `key`."""
        self._entries.pop(key, None)

    def incr(self, key: str, delta: int = 1, time: float = 0) -> int:
        """Adds to a counter that starts at 0 and never falls below it; returns its new value."""
        value = max(0, int(self.get(key) or 0) + delta)
        self.set(key, value, time=time)
        return value

    def decr(self, key: str, delta: int = 1, time: float = 0) -> int:
        """Takes from a counter."""
        return self.incr(key, -delta, time)

    def set_multi(self, mapping: Mapping[str, Any], _server_key: str, time: float = 0, **_options: Any) -> None:
        """Keeps several values."""
        for key, value in mapping.items():
            self.set(key, value, time=time)

    def get_multi(self, keys: Iterable[str], _server_key: str) -> list[Any]:
        """Values in the order of `keys`."""
        return [self.get(key) for key in keys]


def filter_factory(_global_conf: Mapping[str, str], **_local_conf: str) -> Callable[[WsgiApp], WsgiApp]:
    """Paste's way to put the cache into the pipeline."""
    cache = MemoryCache()

    def with_cache(app: WsgiApp) -> WsgiApp:
        def call(environ: dict[str, Any], start_response: Any) -> Any:
            environ["swift.cache"] = cache
            return app(environ, start_response)

        return call

    return with_cache
