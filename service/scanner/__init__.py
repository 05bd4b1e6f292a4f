"""The virus scanner: clamd over its own protocol. Only an explicit OK for every byte is clean."""

from service.scanner.clamd import ClamdScanner
from service.scanner.replies import ScanFailedError

__all__ = ["ClamdScanner", "ScanFailedError"]
