"""Configurations of the development servers, and the pinned packages."""

import configparser
import io
import re

import pytest
from swift.common.exceptions import ChunkReadError

from service.scanner.contents.unsearched import LEAD
from tools.checks.pins import LOCK, packages, pinned
from tools.programs import ROOT
from tools.stack.servers.clamd import CEILING, SCAN_MAX_SIZE, Clamd
from tools.stack.stores.ceph_lab import configuration
from tools.stack.stores.localstack import LocalStack
from tools.stack.stores.ministack import MiniStack
from tools.stack.stores.store_env import PINS
from tools.stack.stores.swift import Swift
from tools.stack.stores.swift_conditions import LastBytes, is_conditional


@pytest.fixture
def proxy(tmp_path):
    """Swift's proxy.conf for a page on port 8000."""
    swift = Swift(tmp_path, 8001, ["http://127.0.0.1:8000", "http://localhost:8000"])
    swift._build_rings = lambda _etc: None
    swift.prepare()
    parsed = configparser.RawConfigParser()
    parsed.read(tmp_path / "swift" / "etc" / "proxy.conf")
    return parsed


def test_swift_accepts_as_many_parts_as_s3(proxy):
    assert proxy["filter:s3api"]["max_upload_part_num"] == "10000"
    assert proxy["filter:slo"]["max_manifest_segments"] == "10000"


def test_swift_deletes_a_files_parts_with_it(proxy):
    # Otherwise a background process does it, which does not run here.
    assert proxy["filter:slo"]["allow_async_delete"] == "false"


def test_swift_allows_the_pages_origin_and_exposes_the_etag(proxy):
    assert proxy["filter:s3api"]["cors_preflight_allow_origin"] == "http://127.0.0.1:8000, http://localhost:8000"
    assert proxy["DEFAULT"]["cors_allow_origin"] == proxy["filter:s3api"]["cors_preflight_allow_origin"]
    assert "etag" in proxy["DEFAULT"]["cors_expose_headers"]


def test_swift_uses_loopback_and_consecutive_ports(proxy, tmp_path):
    assert (proxy["DEFAULT"]["bind_ip"], proxy["DEFAULT"]["bind_port"]) == ("127.0.0.1", "8001")
    assert sorted(Swift(tmp_path, 8001).ports().values()) == [8001, 8002, 8003, 8004]


def test_clamd_reports_files_beyond_its_limits(tmp_path):
    settings = dict(line.split(" ", 1) for line in Clamd(tmp_path, 3310).configuration().splitlines())
    assert settings["StreamMaxLength"] == str(SCAN_MAX_SIZE + len(LEAD))
    assert settings["MaxFileSize"] == settings["MaxScanSize"]
    assert settings["AlertExceedsMax"] == settings["AlertEncrypted"] == "yes"
    assert int(settings["MaxScanSize"]) == CEILING
    assert settings["TCPAddr"] == "127.0.0.1"


def test_ceph_is_on_loopback_only():
    addresses = re.findall(r"\d+\.\d+\.\d+\.\d+", configuration("an id", 3300))
    assert {address.split(".")[0] for address in addresses} == {"127"}


def test_swift_refuses_parts_of_an_ended_upload(proxy):
    pipeline = proxy["pipeline:main"]["pipeline"].split()
    assert proxy["filter:open_uploads"]["paste.filter_factory"] == "tools.stack.stores.swift_parts:filter_factory"
    assert pipeline.index("s3api") < pipeline.index("tempauth") < pipeline.index("open_uploads") < pipeline.index("slo")


def test_swift_checks_conditions_when_it_stores(proxy):
    pipeline = proxy["pipeline:main"]["pipeline"].split()
    assert proxy["filter:stored_once"]["paste.filter_factory"] == "tools.stack.stores.swift_conditions:filter_factory"
    assert pipeline.index("tempauth") < pipeline.index("stored_once") < pipeline.index("slo")


@pytest.mark.parametrize(
    ("method", "path", "condition", "checked"),
    [
        ("PUT", "/v1/AUTH_a/bucket/key", "*", True),
        ("PUT", "/v1/AUTH_a/bucket/key", " * ", True),
        ("PUT", "/v1/AUTH_a/bucket/key", '"etag"', False),
        ("PUT", "/v1/AUTH_a/bucket/key", "", False),
        ("PUT", "/v1/AUTH_a/bucket+segments/key/id/1", "*", False),
        ("PUT", "/v1/AUTH_a/bucket", "*", False),
        ("GET", "/v1/AUTH_a/bucket/key", "*", False),
    ],
)
def test_swift_checks_if_none_match_only_for_puts_of_objects(method, path, condition, checked):
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_IF_NONE_MATCH": condition}
    assert is_conditional(environ) is checked


@pytest.mark.parametrize("sizes", [[5], [2, 3], [5, 0]])
def test_the_last_bytes_are_refused_if_the_object_exists(sizes):
    def read_all(is_free):
        body = LastBytes(io.BytesIO(b"hello"), 5, is_free)
        return b"".join(body.read(size) for size in sizes)

    assert read_all(lambda: True) == b"hello"
    with pytest.raises(ChunkReadError):
        read_all(lambda: False)


def test_localstack_checks_signatures_and_sends_no_telemetry(tmp_path):
    settings = LocalStack(tmp_path, 4566)._settings()
    assert settings["S3_SKIP_SIGNATURE_VALIDATION"] == "0"
    assert (settings["DISABLE_EVENTS"], settings["SKIP_SSL_CERT_DOWNLOAD"]) == ("1", "1")
    assert settings["GATEWAY_LISTEN"] == "127.0.0.1:4566"


def test_ministack_checks_signatures_on_loopback(tmp_path):
    settings = MiniStack(tmp_path, 4567)._settings()
    assert (settings["AUTH"], settings["BIND_HOST"], settings["GATEWAY_PORT"]) == ("true", "127.0.0.1", "4567")


@pytest.mark.parametrize("name", ["localstack", "ministack"])
def test_a_stores_environment_is_fully_pinned(name):
    lines = [line for line in (PINS / f"{name}.txt").read_text().splitlines() if not line.startswith("#")]
    assert len(lines) > 10
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.!+-]+", line)] == []


class TestPins:
    pins = (ROOT / "constraints.txt").read_text()
    lock = LOCK.read_text()

    def test_every_requirement_is_pinned(self):
        setup = configparser.ConfigParser()
        setup.read(ROOT / "setup.cfg")
        groups = {**setup["options.extras_require"], **setup["environments"]}
        lists = [setup["options"]["install_requires"], *groups.values()]
        wanted = {_normal(re.split(r"[\[<>=!~;]", line)[0]) for text in lists for line in text.split()}
        assert wanted <= {_normal(line.split("==")[0]) for line in self.pins.splitlines()}

    def test_a_pin_is_a_name_and_a_version(self):
        lines = [line for line in self.pins.splitlines() if not line.startswith("#")]
        assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.!+-]+", line)] == []

    def test_every_pin_has_its_hashes(self):
        """The hashes are for the pinned version; a package may be locked again for newer Pythons."""
        entries = re.findall(
            r"^([\w.-]+)(?:\[.+\])?==([\w.!+-]+)[^\n]*\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", self.lock, re.M
        )
        locked = {(_normal(name), version) for name, version, _ in entries}
        pins = [line.split("==") for line in self.pins.splitlines() if not line.startswith("#")]
        assert {(_normal(name), version) for name, version in pins} <= locked
        assert len(entries) == len(re.findall(r"^\S+==", self.lock, re.M))

    def test_the_pins_of_an_extra_are_exactly_its_dependencies(self):
        lines = pinned(packages(["service"]), self.lock)
        names = set(re.findall(r"^([\w.-]+)(?:\[.+\])?==", lines, re.M))
        assert {"flask", "werkzeug", "cryptography", "cffi", "click"} <= names
        assert names.isdisjoint({"pytest", "swift", "sphinx", "rq-dashboard"})
        # pip takes no pin without the extra that something else asks for
        assert "pyjwt[crypto]==" in lines
        assert set(re.findall(r"^([\w.-]+)==", pinned(["urllib3"], self.lock), re.M)) == {"urllib3"}


def _normal(name):
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
