"""`longshore receipt-key`: create the key that signs receipts, and show its public key."""

from __future__ import annotations

import secrets

import click

from longshore.receipts.signatures import KEY_SIZE, ReceiptSigner
from service.settings import Settings


@click.group("receipt-key")
def receipt_key() -> None:
    """Manage the key that signs receipts (RECEIPT_KEY)."""


@receipt_key.command()
def make() -> None:
    """Print a new private key for RECEIPT_KEY. It is not stored anywhere."""
    click.echo(secrets.token_hex(KEY_SIZE))


@receipt_key.command()
def show() -> None:
    """Print the public key of RECEIPT_KEY, for RECEIPT_RETIRED after a rotation. Needs the service's environment."""
    private_key = Settings.from_env().receipt_key
    if not private_key:
        raise click.ClickException(
            "RECEIPT_KEY is not set, so this service issues no receipts; create one with `longshore receipt-key make`"
        )
    signer = ReceiptSigner(private_key)
    click.echo(f"kid {signer.key_id}", err=True)
    click.echo(signer.public_key)
