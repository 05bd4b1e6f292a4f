"""Fixtures for the tests of the developer's stack."""

import socket

import pytest

from tools.stack.processes.ports import LOOPBACK


@pytest.fixture
def unused_listener():
    """A socket that occupies a port of the loopback address."""
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server
