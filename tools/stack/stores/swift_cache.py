"""An in-memory cache for Swift's proxy, so that one proxy process needs no memcached.

Without a cache Swift looks up the account and the container with every request.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

WsgiApp = Callable[[dict[str, Any], Any], Any]
MAX_ENTRIES = 10_000


class MemoryCache:
    """The calls of Swift's memcache client that the proxy uses; values are converted to JSON and back as there."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: dict[str, tuple[float, str]] = {}

    def set(self, key: str, value: Any, time: float = 0, **_options: Any) -> None:
        """Keep `value` for `time` seconds; 0: for ever."""
        if len(self._entries) >= MAX_ENTRIES:
            self._entries.clear()
        ends = self._clock() + time if time > 0 else float("inf")
        self._entries[key] = (ends, json.dumps(value))

    def get(self, key: str, **_options: Any) -> Any:
        """Return the value, or None if it is unknown or has expired."""
        ends, text = self._entries.get(key, (0.0, "null"))
        if ends <= self._clock():
            self._entries.pop(key, None)
            return None
        return json.loads(text)

    def delete(self, key: str, **_options: Any) -> None:
        """Forgets `key`."""
        self._entries.pop(key, None)

    def incr(self, key: str, delta: int = 1, time: float = 0) -> int:
        """Add to a counter that starts at 0 and is never negative; return its new value."""
        value = max(0, int(self.get(key) or 0) + delta)
        self.set(key, value, time=time)
        return value

    def decr(self, key: str, delta: int = 1, time: float = 0) -> int:
        """Subtract from a counter."""
        return self.incr(key, -delta, time)

    def set_multi(self, mapping: Mapping[str, Any], _server_key: str, time: float = 0, **_options: Any) -> None:
        """Keep several values."""
        for key, value in mapping.items():
            self.set(key, value, time=time)

    def get_multi(self, keys: Iterable[str], _server_key: str) -> list[Any]:
        """Return the values in the order of `keys`."""
        return [self.get(key) for key in keys]


def filter_factory(_global_conf: Mapping[str, str], **_local_conf: str) -> Callable[[WsgiApp], WsgiApp]:
    """Paste's entry point for the cache in the pipeline."""
    cache = MemoryCache()

    def with_cache(app: WsgiApp) -> WsgiApp:
        def call(environ: dict[str, Any], start_response: Any) -> Any:
            environ["swift.cache"] = cache
            return app(environ, start_response)

        return call

    return with_cache
