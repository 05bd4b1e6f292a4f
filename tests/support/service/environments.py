"""Environments that suffice for the settings."""

from __future__ import annotations

GOOD = {
    "DATABASE_URL": "sqlite:///x",
    "REDIS_URL": "redis://:password@127.0.0.1",
    "S3_ENDPOINT_URL": "http://127.0.0.1:9000/",
    "S3_ACCESS_KEY": "access",
    "S3_SECRET_KEY": "secret-of-storage",
    "SECRET_KEY": "0123456789abcdef",
    "CLAMD_URL": "off",
}
ROLE = {name: text for name, text in GOOD.items() if name not in {"S3_ACCESS_KEY", "S3_SECRET_KEY"}} | {
    "S3_CREDENTIALS": "aws"
}
