"""The virus scanners: clamd over its own protocol, others over ICAP. Only an explicit word for every byte is clean."""

from service.scanner.clamd import ClamdScanner
from service.scanner.clamd.replies import ScanFailedError
from service.scanner.icap import IcapScanner
from service.scanner.interface import Scanner

__all__ = ["ClamdScanner", "IcapScanner", "ScanFailedError", "Scanner"]
