"""`longshore verify`: check a receipt's signature, and compare a file with it. Needs no service."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from typing import Any, BinaryIO

import click

from longshore.receipts.compare import Comparison, compare
from longshore.receipts.signatures import JWKS_PATH, Jwk, ReceiptError, checked

TIMEOUT = 10
"""Seconds to wait for the service's keys."""
MAX_JSON = 8 * 1024 * 1024
"""Maximum bytes of a receipt or of keys; the API's answer for 10,000 parts has about 4 MiB."""


class UnjudgedError(click.ClickException):
    """The check could not be completed."""

    exit_code = 2


class RefutedError(click.ClickException):
    """The receipt or the file is wrong."""

    exit_code = 1


@click.command()
@click.argument("receipt", type=click.File("rb"))
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--keys", "keys_file", type=click.File("rb"), help="File with the service's public keys (a JWK Set).")
@click.option("--url", envvar="LONGSHORE_URL", help=f"URL of the service, to get the keys from its {JWKS_PATH}.")
@click.option("--json", "as_json", is_flag=True, help="Print the contents of the receipt as JSON.")
def verify(
    receipt: BinaryIO, file: BinaryIO | None, keys_file: BinaryIO | None, url: str | None, as_json: bool
) -> None:
    """Verify RECEIPT (a receipt or the API's answer; - for standard input), and compare FILE with it.

    Exit codes: 0 valid, 1 invalid (wrong signature or different bytes), 2 the check could not be completed.
    """
    keys = _keys(keys_file, url)
    try:
        contents, key_id = checked(_receipt(receipt), keys)
    except ReceiptError as error:
        raise RefutedError(f"not genuine: {error}") from error
    if contents.get("version") != 1:
        raise UnjudgedError("the receipt is genuine, but from a newer version of Longshore; update this one")
    click.echo(json.dumps(contents, ensure_ascii=False) if as_json else _in_words(contents, key_id))
    if file is not None:
        _say_comparison(compare(contents, file))


def _in_words(contents: dict[str, Any], key_id: str) -> str:
    found = f" ({contents['virus_scan_result']})" if contents["virus_scan_result"] else ""
    by = f" by {contents['scanned_with']}" if contents["scanned_with"] else ""
    parts = "not recorded" if contents["parts"] is None else len(contents["parts"])
    decision = contents.get("decision")  # not in receipts of earlier versions
    decided = f"\ndecision: {_decided(decision)}" if decision else ""
    return "\n".join(
        (
            f"genuine: signed with the key {key_id} at {contents['issued_at']}",
            f"file: {contents['filename']!r}, {contents['size']} bytes, {contents['content_type']},"
            f" id {contents['file_id']}, completed {contents['completed_at']}",
            f"parts: {parts}, checksum {contents['checksum'] or 'unknown'}",
            f"verdict: {contents['virus_scan_status']}{found}{by}, {contents['virus_scan_date']}{decided}",
        )
    )


def _decided(decision: dict[str, Any]) -> str:
    return f"{decision['action']} by {decision['by']}, {decision['at']}: {decision['reason'] or 'no reason'}"


def _say_comparison(comparison: Comparison) -> None:
    if comparison.differences:
        raise RefutedError("different file: " + "; ".join(comparison.differences))
    if not comparison.compared:
        raise UnjudgedError("the size is the same, but the receipt contains no checksum to compare the bytes with")
    click.echo(f"bytes: identical, compared by size, {', '.join(comparison.compared)}", err=True)


def _receipt(file: BinaryIO) -> str:
    """Read the receipt from a file that contains it or the API's answer."""
    text = _read(file).decode("utf-8", "replace").strip()
    if not text.startswith("{"):
        return text
    try:
        found = json.loads(text)
        return str(found.get("data", found)["receipt"])
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise RefutedError("not genuine: the file contains no receipt") from error


def _keys(file: BinaryIO | None, url: str | None) -> Sequence[Jwk]:
    if file is None and not url:
        raise click.UsageError("no keys to check with; give --keys FILE, or --url with the service's URL")
    try:
        found = json.loads(_read(file) if file else _fetch(str(url)))
        keys = [key for key in found["keys"] if isinstance(key, dict)]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnjudgedError(f"the keys cannot be read ({error}); give a JWK Set") from error
    if not keys:
        raise UnjudgedError(
            "the set of keys is empty: the service has no RECEIPT_KEY, or is not the one that signed the receipt"
        )
    return keys


def _fetch(url: str) -> bytes:
    if not url.startswith(("http://", "https://")):
        raise click.UsageError("--url must be an http:// or https:// URL")
    with urllib.request.urlopen(url.rstrip("/") + JWKS_PATH, timeout=TIMEOUT) as answer:  # noqa: S310 - checked above
        return _read(answer)


def _read(file: Any) -> bytes:
    body: bytes = file.read(MAX_JSON + 1)
    if len(body) > MAX_JSON:
        raise UnjudgedError(f"the file has more than {MAX_JSON} bytes, too many for a receipt or a set of keys")
    return body
