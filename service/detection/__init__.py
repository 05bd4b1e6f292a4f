"""Detect a file's type from its first bytes. Archives are not unpacked, and nothing is read for it alone."""

from service.detection.detector import UNKNOWN, detected_type
from service.detection.fits import fits
from service.detection.names import with_extension
from service.detection.prefix import PREFIX, Prefix

__all__ = ["PREFIX", "UNKNOWN", "Prefix", "detected_type", "fits", "with_extension"]
