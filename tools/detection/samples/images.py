"""Images, by Pillow, pillow-heif and psd-tools."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pillow_heif
from PIL import Image
from psd_tools import PSDImage

BY_PILLOW = {
    "photo.jpg": "JPEG",
    "picture.png": "PNG",
    "picture.gif": "GIF",
    "picture.webp": "WEBP",
    "picture.avif": "AVIF",
    "picture.bmp": "BMP",
    "picture.tif": "TIFF",
    "icon.ico": "ICO",
    "picture.jp2": "JPEG2000",
    "picture.ppm": "PPM",
    "picture.tga": "TGA",
}


def samples() -> dict[str, bytes]:
    """Return images of 48 × 48 pixels by their file names."""
    image = _image()
    found = {name: _written(image, kind) for name, kind in BY_PILLOW.items()}
    buffer = BytesIO()
    pillow_heif.from_pillow(image).save(buffer, quality=50)
    found["photo.heic"] = buffer.getvalue()
    buffer = BytesIO()
    PSDImage.frompil(image).save(buffer)
    small = found["picture.png"]
    # the smallest file of Apple's format: one picture, which Pillow writes in eight sizes
    icns = b"icns" + (16 + len(small)).to_bytes(4, "big") + b"icp5" + (8 + len(small)).to_bytes(4, "big") + small
    return found | {"picture.psd": buffer.getvalue(), "icon.icns": icns}


def _image() -> Any:
    image = Image.new("RGB", (48, 48))
    image.putdata([(x * 5, y * 5, (x * y) % 256) for y in range(48) for x in range(48)])
    return image


def _written(image: Any, kind: str) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **({"sizes": [(16, 16), (32, 32)]} if kind == "ICO" else {}))
    return buffer.getvalue()
