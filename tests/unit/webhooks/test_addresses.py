"""The addresses that a webhook may have, in all notations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.outgoing.addresses import may_be_called

NEVER = [
    "169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "::ffff:169.254.169.254",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd00:ec2::254%eth0",
    "fd20:ce::254",
    "169.254.170.2",
    "169.254.170.23",
    "168.63.129.16",
    "::ffff:168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    # 169.254.169.254 and 168.63.129.16 behind NAT64 (prefixes of 96, 64, 56, 48 bits), 6to4, Teredo and IPv4-compatible
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::168.63.129.16",
    "64:ff9b:1::a9fe:a9fe",
    "64:ff9b:1:2:a9:fea9:fe00:0",
    "64:ff9b:1:2a9:fe:a9fe::",
    "64:ff9b:1:a9fe:a9:fe00::",
    "64:ff9b:1::6464:64c8",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:5601:5601",
    "::169.254.169.254",
    "0.0.0.0",
    "::",
    "::ffff:0.0.0.0",
    "224.0.0.1",
    "ff02::1",
    "no address",
    "",
]
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "::1",
    "::ffff:127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "::ffff:10.0.0.1",
    "100.64.0.1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "198.18.0.1",
    "192.0.2.1",
    "203.0.113.1",
    "240.0.0.1",
    "255.255.255.255",
    "2001:db8::1",
    "64:ff9b::a00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:a00:1::1",
    "2001:0:4136:e378::1",
    "::10.0.0.1",
    "100::1",
]
PUBLIC = ["93.184.216.34", "1.1.1.1", "::ffff:1.1.1.1", "2606:4700:4700::1111", "172.15.0.1", "172.32.0.1"]


@pytest.mark.parametrize("address", NEVER)
def test_metadata_and_unspecified_addresses_are_never_called(address: str) -> None:
    assert [may_be_called(address, private=private) for private in (False, True)] == [False, False]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_called_only_if_allowed(address: str) -> None:
    assert [may_be_called(address, private=private) for private in (False, True)] == [False, True]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_called(address: str) -> None:
    assert may_be_called(address, private=False)


@given(st.ip_addresses(v=4))
def test_an_ipv4_mapped_address_is_treated_as_its_ipv4_address(address: object) -> None:
    assert may_be_called(f"::ffff:{address}", private=False) is may_be_called(str(address), private=False)
