"""clamd by its own protocol."""

from service.scanner.clamd.scanner import ClamdScanner

__all__ = ["ClamdScanner"]
