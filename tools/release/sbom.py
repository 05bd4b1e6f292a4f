"""Software bills of materials (CycloneDX 1.5, https://cyclonedx.org): the packages in the service and in the page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s\\;]+)(?P<rest>.*)$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
BUILD_TOOLS = {"vite"}
"""Dependencies of the page that are no part of it: images are built without its `devDependencies`."""


def of_python(pins: str, version: str, seconds: int) -> dict[str, Any]:
    """Return the bill of the service: pins are lines as pip reads them, `name==version --hash=sha256:…`."""
    found = (_PIN.match(line) for line in pins.replace("\\\n", " ").splitlines())
    return _bill("longshore-service", version, seconds, [_python_component(each) for each in found if each])


def _python_component(pin: re.Match[str]) -> dict[str, Any]:
    name, version = re.sub(r"[-_.]+", "-", pin["name"]).lower(), pin["version"]
    hashes = [{"alg": "SHA-256", "content": digest} for digest in sorted(_HASH.findall(pin["rest"]))]
    found = {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"}
    return found | ({"hashes": hashes} if len(hashes) == 1 else {})


def of_npm(lock: dict[str, Any], version: str, seconds: int) -> dict[str, Any]:
    """Return the bill of the page: its dependencies in a package-lock.json, without BUILD_TOOLS."""
    packages = lock["packages"]
    names = sorted(packages[""]["dependencies"].keys() - BUILD_TOOLS)
    shipped = [_located(packages, "", name) for name in names]
    # the list grows while it is read
    for path in shipped:
        needed = (_located(packages, path, name) for name in packages[path].get("dependencies", {}))
        shipped += [each for each in needed if each not in shipped]
    return _bill("longshore-page", version, seconds, [_npm_component(path, packages[path]) for path in sorted(shipped)])


def _located(packages: Mapping[str, Any], path: str, name: str) -> str:
    """Return the path of the package that `path` imports by this name: in the nearest node_modules above."""
    while (found := f"{path}/node_modules/{name}".lstrip("/")) not in packages:
        if not path:
            raise LookupError(f"{name} is not in package-lock.json")
        path = path.rpartition("node_modules/")[0].rstrip("/")
    return found


def _npm_component(path: str, package: dict[str, Any]) -> dict[str, Any]:
    name = path.rpartition("node_modules/")[2]
    purl = f"pkg:npm/{name.replace('@', '%40', 1)}@{package['version']}"
    found = {"type": "library", "name": name, "version": package["version"], "purl": purl}
    return found | ({"licenses": [{"license": {"id": package["license"]}}]} if "license" in package else {})


def _bill(name: str, version: str, seconds: int, components: Sequence[dict[str, Any]]) -> dict[str, Any]:
    made = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    described = {"timestamp": made, "component": {"type": "application", "name": name, "version": version}}
    ordered = sorted(components, key=lambda each: (each["name"], each["version"]))
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": described, "components": ordered}


def as_text(bill: dict[str, Any]) -> str:
    return json.dumps(bill, indent=1) + "\n"
