"""Build the container images of a release, and save each as an archive that `docker load` reads."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tools.programs import ROOT, program

TARGETS = ("service", "caddy", "clamav")
"""The targets of the Dockerfile."""


def save_images(out: Path, version: str) -> None:
    """Write longshore-NAME-VERSION.image.tar for each target. Raises LookupError without Docker."""
    docker = program("docker")
    for target in TARGETS:
        tag = f"longshore-{target}:{version}"
        subprocess.run([docker, "build", "--target", target, "--tag", tag, "."], cwd=ROOT, check=True)
        file = out / f"longshore-{target}-{version}.image.tar"
        subprocess.run([docker, "save", "--output", str(file), tag], check=True)
        # Docker creates it for its user alone
        file.chmod(0o644)
