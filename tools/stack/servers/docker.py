"""Check for a Docker engine with Compose, which the test of docker-compose.yml needs."""

import subprocess

from tools.programs import find

SECONDS = 20


def available() -> str | None:
    """Return why no Docker engine with Compose is available, or None."""
    docker = find("docker")
    if docker is None:
        return "docker not found"
    for command, reason in (
        (["compose", "version"], "docker compose is not installed"),
        (["info"], "the Docker engine does not answer"),
    ):
        try:
            asked = subprocess.run([docker, *command], capture_output=True, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return reason
        if asked.returncode:
            return reason
    return None
