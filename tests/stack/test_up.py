"""`./dev` and `./dev up` as a developer runs them."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from unittest.mock import Mock

import pytest
import requests

from tests.support.documents import block_of
from tests.support.live.eventually import eventually
from tests.support.programs.shell import PYTHON, Shell
from tools.programs import ROOT
from tools.stack import up
from tools.stack.embedded import DASHBOARD_OFFSET
from tools.stack.processes.ports import http_status, is_free
from tools.stack.pytest_parts import need

# The page's port and those of all parts after it.
TAKEN = 8


def base_port():
    """A port with enough free ones after it. Another Python may run these tests at the same time, on other ports."""
    first = 18_000 + 500 * (sys.version_info.minor % 4)
    return next(port for port in range(first, first + 500, TAKEN) if all(is_free(port + step) for step in range(TAKEN)))


def dev(*words, **changes):
    """Run ./dev and return its exit code and output."""
    environment = {**os.environ, **changes}
    return subprocess.run([ROOT / "dev", *words], env=environment, capture_output=True, text=True, check=False)


def test_help_lists_the_commands():
    shown = dev("help")
    assert shown.returncode == 0
    assert [word for word in ("up", "sweep", "test", "check", "lock", "help") if f"  {word} " not in shown.stdout] == []


def test_an_unknown_command_is_refused():
    assert dev("fly").returncode == 1
    assert "unknown command: fly" in dev("fly").stderr


def test_dev_names_the_packages_to_install_if_python_is_missing(tmp_path):
    shown = dev("up", PYTHON="no-such-python", LONGSHORE_VENV=str(tmp_path / "venv"))
    assert shown.returncode == 1
    assert "apt install python3 python3-venv" in shown.stderr


@pytest.mark.parametrize(
    ("page", "pip", "code", "output"),
    [
        ("true", "true", 0, "it runs"),
        ("false", "true", 1, "the page could not be prepared"),
        ("exec sleep 600", "false", 1, "the Python packages could not be installed"),
        ("true", "kill -TERM $PPID", 143, ""),
    ],
    ids=["all goes well", "the page fails", "a package fails", "it is ended"],
)
def test_a_first_start_builds_the_page_while_packages_are_installed(tmp_path, page, pip, code, output):
    """Whatever fails, nothing is left running."""
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    python.write_text(rf"""#!/bin/sh
        case "$*" in
            *tools.checks.web*) echo $$ >{tmp_path}/page; {page} ;;
            *stack.up*) echo it runs ;;
            *-e\ *) while [ ! -s {tmp_path}/page ]; do sleep 0.01; done; {pip} ;;
        esac""")
    python.chmod(0o755)
    done = dev("up", LONGSHORE_VENV=str(tmp_path / "venv"))
    assert (done.returncode, output in done.stdout + done.stderr) == (code, True), done.stderr
    eventually(lambda: not os.path.exists(f"/proc/{int((tmp_path / 'page').read_text())}"))


@pytest.mark.parametrize(
    ("command", "task"), [("up", "build"), ("test", "install"), ("check", "install"), ("docs", "")]
)
def test_each_command_installs_the_npm_packages_that_it_needs(tmp_path, command, task):
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    (tmp_path / "pyvenv.cfg").touch()
    python.write_text(f'#!/bin/sh\n[ "$2" != tools.checks.web ] || echo "$3" >>{tmp_path}/tasks\n')
    python.chmod(0o755)
    assert dev(command, LONGSHORE_VENV=str(tmp_path)).returncode == 0
    tasks = tmp_path / "tasks"
    assert (tasks.read_text() if tasks.exists() else "") == (f"{task}\n" if task else "")
    assert (dev(command, LONGSHORE_VENV=str(tmp_path)).returncode, tasks.exists()) == (0, bool(task))


@pytest.mark.parametrize("port", ["0", "65530", "eight"])
def test_an_invalid_port_is_refused(port):
    with pytest.raises(SystemExit) as refused:
        up.arguments(["--port", port])
    assert refused.value.code == 2


def test_a_taken_port_is_reported_with_advice(tmp_path, unused_listener, monkeypatch, capsys):
    port = unused_listener.getsockname()[1]
    monkeypatch.setattr(up, "build", lambda: None)
    with restored_signals():
        assert up.main(["--port", str(port), "--data", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert f"port {port} is used by another program; it is needed for the page and the API" in error
    assert "--port" in error


@pytest.mark.parametrize(
    ("settings", "ready", "prepared"),
    [({}, True, False), ({}, False, True), ({"CORS_ORIGINS": "https://app.example"}, True, True)],
    ids=["again", "a deleted bucket", "other settings"],
)
def test_prepare_runs_only_if_it_is_needed(tmp_path, monkeypatch, settings, ready, prepared):
    calls = []
    monkeypatch.setattr(up, "run_prepare", lambda *given: calls.append(given))
    first = {"S3_PRIVATE_BUCKET": "private", "SECRET_KEY": "never written"}
    up.prepare(first, Mock(), tmp_path)
    assert calls == [(first, tmp_path / "logs")], "nothing is known of an earlier start"
    api = Mock(finds_all_ready=lambda: ready and api.wait_ready.called)
    up.prepare(first | settings, api, tmp_path)
    assert calls[1:] == ([(first | settings, tmp_path / "logs")] if prepared else [])
    assert "never" not in (tmp_path / "prepared").read_text()


@contextmanager
def restored_signals():
    """`up` takes the signals for itself; the test run gets them back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class TestWhole:
    @pytest.fixture
    def port(self):
        return base_port()

    @pytest.fixture
    def shell(self, tmp_path, port):
        """A shell whose `./dev` uses this port, data directory and Python, and installs nothing."""
        made = Shell(tmp_path)
        python = tmp_path / "venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\ncase "$*" in *pip*) ;; *) exec "{PYTHON}" "$@" ;; esac\n')
        python.chmod(0o700)
        (tmp_path / "venv" / "pyvenv.cfg").touch()
        data = f'--data "{tmp_path}/data"'
        (tmp_path / "dev").write_text(
            f'#!/bin/sh\ncommand=$1\nshift\n[ "$command" != up ] || set -- --port {port} "$@"\n'
            f'exec env LONGSHORE_VENV="{tmp_path}/venv" "{ROOT}/dev" "$command" {data} "$@"\n'
        )
        (tmp_path / "dev").chmod(0o700)
        return made

    @pytest.fixture
    def run(self, shell, port):
        """Start `up` by a command; return the process and its output up to the address."""
        need("redis")
        need("swift")
        started = []

        def start(command):
            process = subprocess.Popen(
                ["bash", "-c", command],
                cwd=shell.folder,
                env=shell.environment({}),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            started.append(process)
            lines = []
            for line in process.stdout:
                lines.append(line)
                if "Longshore is at" in line:
                    break
            return process, "".join(lines)

        yield start
        for process in started:
            process.terminate()
            process.wait()
            process.stdout.close()

    def test_dev_up_starts_stops_and_starts_again_with_its_data(self, run, shell, port, tmp_path):
        process, shown = run(block_of("./dev up"))
        assert f"http://127.0.0.1:{port} " in shown, shown
        assert [
            name
            for name in ("redis", "s3", "clamd", "database", "api", "worker", "cron", "dashboard")
            if name not in shown
        ] == []
        assert f"rq-dashboard, read-only, http://127.0.0.1:{port + DASHBOARD_OFFSET} (no login)" in shown
        assert (dashboard(port), dashboard(port, "POST", "/job/sweep/requeue")) == (200, 403)
        assert http_status(port, "/") == http_status(port, "/api/health/ready") == 200
        secret = (tmp_path / "data" / "secret_key").read_text()
        assert secret.strip() not in shown
        environment = tmp_path / "data" / "environment.json"
        assert environment.stat().st_mode & 0o777 == 0o600
        (tmp_path / "hello.txt").write_text("hello")
        sent = stack_longshore("upload", "--quiet", str(tmp_path / "hello.txt"), data=tmp_path / "data")
        assert sent.returncode == 0, sent.stderr
        # while another sweep is counting, this one reports the count before
        swept = eventually(lambda: stack_sweep("--json", data=tmp_path / "data"), lambda swept: '": 5,' in swept.stdout)
        report = json.loads(swept.stdout)
        assert (swept.returncode, report["errors"]) == (0, [])
        # without a clamd on this machine it is `disabled`
        assert {state: size for state, size in report["stored"].items() if size} in ({"clean": 5}, {"disabled": 5})
        assert "expired uploads " in stack_sweep(data=tmp_path / "data").stdout
        key = shell.run(block_of("a first key"), {})
        assert key[:4] == "lsk_"

        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
        assert process.wait() == 0
        assert not environment.exists()
        assert "no `./dev up` is running" in stack_sweep(data=tmp_path / "data").stderr
        assert [step for step in range(TAKEN) if not is_free(port + step)] == []

        # and continues. Uploads by a page of that origin: tests/browser/packages/test_another_origin.py
        process, _ = run(block_of("another origin"))
        assert downloaded(sent.stdout.strip(), tmp_path) == "hello"
        # Killed, it leaves its parts to the watcher; the next run waits until they have ended.
        process.kill()
        process, shown = run(block_of("./dev up with login"))
        assert "Longshore is at" in shown, shown
        assert (tmp_path / "data" / "secret_key").read_text() == secret
        refused = stack_longshore("list", data=tmp_path / "data")
        assert (refused.returncode, "This service requires a login" in refused.stderr) == (3, True)
        assert dashboard(port) == 401
        password = (tmp_path / "data" / "dashboard_password").read_text().strip()
        assert dashboard(port, auth=("admin", password)) == 200
        assert dashboard(port, auth=("admin", key.strip())) == 401  # it has not the scope `admin`
        assert password not in shown
        mine = stack_longshore(
            "upload", "--quiet", str(tmp_path / "hello.txt"), data=tmp_path / "data", LONGSHORE_TOKEN=key.strip()
        )
        assert downloaded(mine.stdout.strip(), tmp_path, LONGSHORE_TOKEN=key.strip()) == "hello"
        os.kill(child_of(process.pid, "jobs.cron"), signal.SIGKILL)
        assert "cron was stopped by signal 9" in process.stdout.read()
        assert process.wait() == 1
        assert [step for step in range(TAKEN) if not is_free(port + step)] == []


def downloaded(file_id, folder, **changes):
    """The text of a file, as `./dev longshore download` writes it."""
    got = stack_longshore("download", file_id, "-o", "-", data=folder / "data", **changes)
    assert got.returncode == 0, got.stderr
    return got.stdout


def dashboard(port, method="GET", path="/0/view/workers", auth=None):
    """The status of a request to the queue's dashboard, which starts after the page."""
    eventually(lambda: not is_free(port + DASHBOARD_OFFSET))
    url = f"http://127.0.0.1:{port + DASHBOARD_OFFSET}{path}"
    return requests.request(method, url, auth=auth, timeout=60).status_code


def stack_sweep(*words, data):
    """Do what `./dev sweep` does, without the installation before it."""
    command = [sys.executable, "-m", "tools.stack.sweep", "--data", str(data), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def stack_longshore(*words, data, **changes):
    """Do what `./dev longshore` does, without the installation before it."""
    command = [sys.executable, "-m", "tools.stack.command_line", "--data", str(data), *words]
    environment = {**os.environ, **changes}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def child_of(parent, word):
    """Pid of the child of `parent` with `word` in its command line."""
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return next(int(pid) for pid, parent_pid, command in rows if int(parent_pid) == parent and word in command)
