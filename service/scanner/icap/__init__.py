"""A scanner behind ICAP (RFC 3507): c-icap, or a commercial engine."""

from service.scanner.icap.scanner import IcapScanner

__all__ = ["IcapScanner"]
