"""What settings must not say together, and what production does not start with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SAMPLE = "change-me"
"""Every secret of .env.example holds it."""


def contradictions(values: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    """Why these settings do not go together, a line for each variable at fault.

    values: what was read, by field; texts: how it was written, by variable.
    """
    wrong = _production(values, texts) if values.get("env") == "production" else []
    if values.get("quota") and values.get("login") != "on":
        wrong.append("QUOTA is set, but LOGIN is off; without login nobody has one")
    if values.get("jwt_secret_previous") and not values.get("jwt_secret"):
        wrong.append("JWT_SECRET_PREVIOUS is set, but JWT_SECRET is not; the newest secret belongs there")
    return wrong + _tokens(values)


def _production(values: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
    wrong = [
        f"{name} holds a sample secret of .env.example, which everybody knows"
        for name, text in texts.items()
        if SAMPLE in text
    ]
    if values.get("login") != "on":
        wrong.append("LOGIN is off; with ENV=production it has to be on")
    return wrong


def _tokens(values: Mapping[str, Any]) -> list[str]:
    """A token counts only from one issuer and for us: else whoever gets one for another service gets in here."""
    keys = [name for name in ("jwt_secret", "jwt_jwks_url") if values.get(name)]
    if not keys:
        return []
    wrong = [
        f"{name.upper()} is not set; with {keys[0].upper()} it has to be"
        for name in ("jwt_issuer", "jwt_audience")
        if not values.get(name)
    ]
    if len(keys) == 2:
        wrong.append("JWT_SECRET and JWT_JWKS_URL are both set; tokens are checked against one of them")
    if values.get("login") != "on":
        wrong.append(f"{keys[0].upper()} is set, but LOGIN is off; set LOGIN=on to let tokens count")
    return wrong
