"""Parts of the developer's tools that need no process: ports, secrets, Swift's cache, versions, faults."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.live.given_store import NEEDED, GivenStore
from tools import debian
from tools.checks import fetch, mutants, other_python, web
from tools.checks.web import WebError, fingerprint, is_new_enough
from tools.programs import ROOT, program
from tools.stack import pytest_parts
from tools.stack.keys import secret_once, write_private
from tools.stack.processes.part import PartError
from tools.stack.processes.ports import LOOPBACK, accepts, free_port, http_status, is_free
from tools.stack.stores.swift_cache import MemoryCache, filter_factory


def test_a_port_in_use_is_not_free():
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        assert accepts(port)
        assert not is_free(port)


def test_free_port_returns_each_port_once():
    ports = [free_port() for _ in range(20)]
    assert len(set(ports)) == 20
    assert http_status(ports[0], "/") is None


def test_a_secret_is_created_once_and_only_its_owner_can_read_it(tmp_path):
    secret = secret_once(tmp_path / "keys" / "one")
    assert secret_once(tmp_path / "keys" / "one") == secret
    assert secret_once(tmp_path / "keys" / "two") != secret
    assert stat.S_IMODE((tmp_path / "keys" / "one").stat().st_mode) == 0o600


def test_a_private_file_stays_private_when_written_again(tmp_path):
    (tmp_path / "conf").write_text("old")
    write_private(tmp_path / "conf", "new")
    assert (tmp_path / "conf").read_text() == "new"
    assert stat.S_IMODE((tmp_path / "conf").stat().st_mode) == 0o600


def test_a_missing_program_is_named():
    with pytest.raises(LookupError, match="no-such-program"):
        program("no-such-program")


class TestSwiftCache:
    def test_a_value_expires(self):
        now = [0.0]
        cache = MemoryCache(clock=lambda: now[0])
        cache.set("short", {"a": [1]}, time=60)
        cache.set("for ever", "x")
        now[0] = 59.9
        assert cache.get("short") == {"a": [1]}
        now[0] = 60
        assert cache.get_multi(["short", "for ever"], "server") == [None, "x"]

    def test_counters_never_fall_below_zero(self):
        cache = MemoryCache()
        assert [cache.incr("n"), cache.incr("n", 5), cache.decr("n", 9)] == [1, 6, 0]

    def test_a_deleted_value_is_not_returned(self):
        cache = MemoryCache()
        cache.set_multi({"a": 1, "b": 2}, "server")
        cache.delete("a")
        assert cache.get_multi(["a", "b"], "server") == [None, 2]

    def test_the_filter_gives_every_request_the_same_cache(self):
        app = filter_factory({})(lambda environ, _start: environ["swift.cache"])
        assert app({}, None) is app({}, None)


@pytest.mark.parametrize(
    ("version", "will_do"),
    [
        ("v18.20.4", False),
        ("v20.18.1", False),
        ("v20.19.0", False),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.0.0\n", True),
        ("", False),
    ],
)
def test_node_before_22_12_is_too_old(version, will_do):
    assert is_new_enough(version) is will_do


def test_the_pages_fingerprint_is_of_its_sources_only(tmp_path):
    (tmp_path / "app.ts").write_text("1")
    (tmp_path / "node_modules").mkdir()
    before = fingerprint(tmp_path)
    (tmp_path / "node_modules" / "x.js").write_text("1")
    assert fingerprint(tmp_path) == before
    (tmp_path / "app.ts").write_text("2")
    assert fingerprint(tmp_path) != before


def test_apt_starts_no_daemons_while_it_installs(tmp_path, monkeypatch):
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(debian, "POLICY", policy)
    monkeypatch.setattr(debian, "is_installed", lambda *_names: False)
    monkeypatch.setattr(debian, "is_root_on_debian", lambda: True)
    commands = []

    def run(command, **_options):
        assert policy.read_text().endswith("exit 101\n")
        commands.append(command)

    monkeypatch.setattr(debian.subprocess, "run", run)
    debian.install_missing()
    assert commands[0] == ["apt-get", "-qq", "update"]
    assert set(debian.PACKAGES.values()) <= set(commands[1])
    assert not policy.exists()


class TestNeed:
    @pytest.fixture(autouse=True)
    def _no_redis(self, monkeypatch):
        monkeypatch.setitem(pytest_parts.PARTS, "redis", lambda: "it is not here")

    def test_a_missing_part_skips_outside_ci(self, monkeypatch):
        monkeypatch.delenv("CI", raising=False)
        with pytest.raises(pytest.skip.Exception, match="needs redis: it is not here"):
            pytest_parts.need("redis")

    def test_a_part_that_cannot_be_installed_everywhere_skips_in_ci_too(self, monkeypatch):
        monkeypatch.setitem(pytest_parts.PARTS, "localstack", lambda: "it is not here")
        monkeypatch.setenv("CI", "true")
        with pytest.raises(pytest.skip.Exception, match="needs localstack: it is not here"):
            pytest_parts.need("localstack")

    def test_a_missing_part_fails_in_ci(self, monkeypatch):
        monkeypatch.setenv("CI", "true")
        with pytest.raises(pytest.fail.Exception, match="needs redis: it is not here"):
            pytest_parts.need("redis")


def test_a_given_store_is_never_down():
    """Otherwise every live test on it would be skipped, as are those that kill it."""
    given = GivenStore(Path(), dict.fromkeys(NEEDED, ""))
    given.start()
    assert (given.is_down(), given.children) == (False, [])


def test_a_failed_fetch_is_printed_and_the_others_finish(monkeypatch, capsys):
    made = []

    def fails():
        raise PartError("the mirror is down")

    monkeypatch.setattr(fetch.debian_root, "unavailable", lambda: None)
    monkeypatch.setattr(fetch, "EVERYDAY", (fails, lambda: made.append("root")))
    monkeypatch.setattr(fetch, "OTHERS", (lambda: made.append("projects"),))
    fetch.main([])
    assert (made, capsys.readouterr().out) == (["root"], "the mirror is down\n")
    fetch.main(["--all"])
    assert sorted(made) == ["projects", "root", "root"]


def test_fetch_does_nothing_if_no_debian_root_can_be_used(monkeypatch):
    monkeypatch.setattr(fetch.debian_root, "unavailable", lambda: "no root")
    monkeypatch.setattr(fetch, "EVERYDAY", (lambda: pytest.fail("fetched"),))
    fetch.main([])


@pytest.mark.parametrize(
    ("this", "installed", "other"),
    [
        ("3.11", {"3.11", "3.12", "3.13"}, "python3.13"),
        ("3.11", {"3.11", "3.12"}, "python3.12"),
        ("3.13", {"3.12", "3.13"}, "python3.12"),
        ("3.13", {"3.11", "3.12", "3.13"}, "python3.11"),
        ("3.11", {"3.11"}, None),
    ],
)
def test_the_other_python_is_the_version_farthest_from_this_one(monkeypatch, this, installed, other):
    monkeypatch.setattr(other_python, "find_python", lambda wanted: f"python{wanted}" if wanted in installed else None)
    assert other_python.other_end(this) == other


@pytest.mark.parametrize(
    ("installed", "newest"), [({"3.11", "3.12"}, "python3.12\n"), ({"3.13", "3.11"}, "python3.13\n"), (set(), "\n")]
)
def test_newest_prints_the_newest_installed_python(monkeypatch, capsys, installed, newest):
    monkeypatch.setattr(other_python, "find_python", lambda wanted: f"python{wanted}" if wanted in installed else None)
    assert other_python.main(["--newest"]) == 0
    assert capsys.readouterr().out == newest


@pytest.mark.parametrize(("in_ci", "code"), [("true", 1), ("", 0)])
def test_ci_fails_without_another_python(monkeypatch, capsys, in_ci, code):
    monkeypatch.setattr(other_python, "find_python", lambda _wanted: None)
    monkeypatch.setenv("CI", in_ci)
    assert other_python.main([]) == code
    assert "no other Python" in capsys.readouterr().out


def test_dev_test_lets_python_write_bytecode(tmp_path):
    """Without it, each of the tests' many processes compiles all of the tree."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    report = 'echo "asked: ${PYTHONDONTWRITEBYTECODE-nothing}"'
    python.write_text(f'#!/bin/sh\n[ "$2" != tools.checks.run_tests ] || {report}\n')
    python.chmod(0o755)
    (tmp_path / "pyvenv.cfg").touch()
    environment = {"LONGSHORE_VENV": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"}
    ran = subprocess.run([ROOT / "dev", "test"], env=environment, capture_output=True, text=True, check=True)
    assert "asked: nothing" in ran.stdout


class TestMutants:
    def test_mutmuts_settings_list_the_packages_and_what_tests_read(self):
        paths = ["service/domain", "longshore/client/downloads/download.py"]
        assert mutants.configuration(
            paths, mutants.default_tests(paths), ["service", "longshore", "docs", "tests"]
        ) == {
            "source_paths": ["longshore", "service"],
            "only_mutate": ["service/domain/*", "longshore/client/downloads/download.py"],
            "also_copy": ["docs"],
            "pytest_add_cli_args": [f"--deselect={test}" for test in mutants.READ_THE_CODE],
            "pytest_add_cli_args_test_selection": ["tests/api", "tests/jobs", "tests/unit"],
            "use_git_change_detection": ["false"],
        }

    @pytest.mark.parametrize("test", mutants.READ_THE_CODE)
    def test_each_deselected_test_exists(self, test):
        file, _, name = test.partition("::")
        assert f"def {name}()" in (ROOT / file).read_text()

    def test_an_equivalent_mutant_does_not_count(self):
        results = "    a.x_f__mutmut_1: survived\n    a.x_f__mutmut_2: killed\n    a.x_g__mutmut_1: survived\n2 more\n"
        known = mutants.equivalent("# why\n\na.x_g__mutmut_1  only a log line\n")
        assert known == {"a.x_g__mutmut_1": "only a log line"}
        assert mutants.report(mutants.outcomes(results), known) == (["a.x_f__mutmut_1"], 2, 0.5)

    @pytest.mark.parametrize(
        ("outcome", "reported"),
        [
            *((detected, ([], 1, 1.0)) for detected in ("killed", "timeout", "segfault", "suspicious")),
            *((missed, (["f"], 1, 0.0)) for missed in ("survived", "no tests")),
            *((untried, ([], 0, 0.0)) for untried in ("not checked", "skipped", "check was interrupted by user")),
        ],
    )
    def test_each_outcome_is_detected_missed_or_not_counted(self, outcome, reported):
        assert mutants.report({"f": outcome}, {}) == reported

    def test_a_seed_chooses_the_same_mutants_without_equivalent_ones(self):
        names = [f"a.x_f__mutmut_{number}" for number in range(100)]
        chosen = mutants.choose(names, names[:90], 5, seed=1)
        assert chosen == mutants.choose(reversed(names), names[:90], 5, seed=1)
        assert len(chosen) == 5
        assert set(chosen) < set(names[90:])
        assert mutants.choose(names, names[:90], 5, seed=2) != chosen
        assert mutants.choose(names, names[:90], 11, seed=1) == names[90:]

    @pytest.mark.parametrize("paths", [[], ["web/client/upload/run.ts"], ["service/db", "web/client"]])
    def test_a_sample_of_the_engine_is_refused(self, paths, capsys):
        with pytest.raises(SystemExit, match="2"):
            mutants.arguments([*paths, "--sample", "5"])
        assert "try modules of web/client without it" in capsys.readouterr().err

    def test_every_equivalent_mutant_has_its_reason_and_function(self):
        for name, why in mutants.equivalent(mutants.EQUIVALENT.read_text()).items():
            module, _, mangled = name.partition("__mutmut_")[0].rpartition(".")
            source = (ROOT / f"{module.replace('.', '/')}.py").read_text()
            *of_class, function = mangled.removeprefix("x").strip("ǁ").split("ǁ")
            assert why, name
            assert f"def {function if of_class else function.removeprefix('_')}(" in source, name
            assert all(f"class {each}" in source for each in of_class), name


class TestPackagesOfThePage:
    """`npm ci`, by a stand-in that records its options."""

    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "node").symlink_to("/bin/true")
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        monkeypatch.setattr(web, "is_new_enough", lambda _version: True)
        npm = tmp_path / "bin" / "npm"
        npm.write_text(
            "#!/bin/sh\n[ ! -e broken ] || { echo no network >&2; exit 1; }\n"
            'rm -rf node_modules && mkdir node_modules && echo "$*" >>calls\n'
        )
        npm.chmod(0o700)
        (tmp_path / "package-lock.json").write_text("{}")
        return tmp_path

    @staticmethod
    def install(folder, **options):
        """Run the installation and return how often npm ran with and without the packages for tests."""
        web.install_packages(folder, **options)
        calls = (folder / "calls").read_text().splitlines()
        small = sum("--omit=dev" in call for call in calls)
        return len(calls) - small, small

    def test_a_complete_installation_suffices_for_the_page(self, folder):
        assert self.install(folder, only_for_page=True) == (0, 1)
        assert self.install(folder, only_for_page=True) == (0, 1)
        assert self.install(folder) == (1, 1)
        assert self.install(folder, only_for_page=True) == self.install(folder) == (1, 1)
        (folder / "package-lock.json").write_text('{"changed": true}')
        assert self.install(folder, only_for_page=True) == (1, 2)

    def test_a_failed_npm_ci_is_shown_and_run_again(self, folder):
        (folder / "broken").touch()
        with pytest.raises(WebError, match=r"npm ci .* failed:\nno network"):
            self.install(folder, only_for_page=True)
        (folder / "broken").unlink()
        assert self.install(folder, only_for_page=True) == (0, 1)


def test_a_new_environment_gets_the_pip_of_its_python(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path)], check=True)
    python = str(tmp_path / "bin" / "python")
    subprocess.run([python, str(ROOT / "tools" / "checks" / "unpack_pip.py")], check=True)
    found = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, text=True, check=True).stdout
    assert f" from {tmp_path}" in found
