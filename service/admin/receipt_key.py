"""`longshore receipt-key`: the key that signs receipts is made, and its public half shown."""

from __future__ import annotations

import secrets

import click

from longshore.receipts.signatures import KEY_SIZE, ReceiptSigner
from service.settings import Settings


@click.group("receipt-key")
def receipt_key() -> None:
    """The key that signs receipts (RECEIPT_KEY)."""


@receipt_key.command()
def make() -> None:
    """Print a new private key, for RECEIPT_KEY. It is kept nowhere."""
    click.echo(secrets.token_hex(KEY_SIZE))


@receipt_key.command()
def show() -> None:
    """Print RECEIPT_KEY's public key, for RECEIPT_RETIRED once another one signs. Needs the service's environment."""
    private_key = Settings.from_env().receipt_key
    if not private_key:
        raise click.ClickException("RECEIPT_KEY is not set: this service gives no receipts")
    signer = ReceiptSigner(private_key)
    click.echo(f"kid {signer.key_id}", err=True)
    click.echo(signer.public_key)
