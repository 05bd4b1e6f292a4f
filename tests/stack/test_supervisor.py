"""Starting, watching and ending parts, with stand-ins that are real processes."""

import os
import select
import signal
import subprocess
import sys
from functools import partial

import pytest

from tools.programs import python_env
from tools.stack.processes.child import Child, Command
from tools.stack.processes.lock_file import only_one
from tools.stack.processes.part import Part, PartError, last_words
from tools.stack.processes.supervisor import Supervisor, taken_ports

FOREVER = "import signal; print('up', flush=True); signal.pause()"


class Script(Part):
    """A part that runs a piece of Python; it is ready when its log contains "up"."""

    ready_seconds = 20.0

    def __init__(self, data, name, code=FOREVER, port=0):
        super().__init__(data)
        self.name, self.code, self.port = name, code, port

    def ports(self):
        return {self.name: self.port} if self.port else {}

    def commands(self):
        return [Command(self.name, [sys.executable, "-c", self.code])]

    def is_ready(self):
        return "up" in self.children[0].tail()

    def describe(self):
        return "a stand-in"


@pytest.fixture
def supervisor():
    made = Supervisor(say=lambda _line: None)
    yield made
    made.stop()


def wait_for_end(pid):
    """Return whether a process, which need not be a child of this one, ends within 10 s."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 10)[0])
    finally:
        os.close(descriptor)


def test_a_crash_is_reported_with_name_exit_code_and_last_output(supervisor, tmp_path):
    crash = "import sys; print('up', flush=True); sys.stderr.write('disk on fire'); sys.exit(3)"
    supervisor.start([Script(tmp_path, "steady"), Script(tmp_path, "shaky", crash)])
    words = last_words(supervisor.watch())
    assert "shaky ended with exit code 3" in words
    assert "disk on fire" in words


def test_the_end_of_one_part_ends_the_others(supervisor, tmp_path):
    steady = Script(tmp_path, "steady")
    supervisor.start([steady, Script(tmp_path, "shaky", "print('up')")])
    pid = steady.children[0].pid
    assert supervisor.watch().label == "shaky"
    supervisor.stop()
    assert wait_for_end(pid)
    assert steady.children == []


def test_stages_start_together_and_stop_one_after_the_other(supervisor, tmp_path):
    meeting = tmp_path / "meeting"
    os.mkfifo(meeting)  # each of the two waits until the other one has opened it
    first = Script(tmp_path, "first", f"open({str(meeting)!r}).close(); {FOREVER}")
    second = Script(tmp_path, "second", f"open({str(meeting)!r}, 'w').close(); {FOREVER}")
    ended = []
    for part in (first, second):
        part.stop = partial(lambda part: (Part.stop(part), ended.append(part.name)), part)
    supervisor.start([first], [second])
    supervisor.stop()
    assert ended == ["second", "first"]


def test_a_part_that_ends_during_startup_is_an_error(supervisor, tmp_path):
    with pytest.raises(PartError, match=r"early was stopped by signal 9[\s\S]*goodbye"):
        supervisor.start(
            [Script(tmp_path, "early", "import os; print('goodbye', flush=True); os.kill(os.getpid(), 9)")]
        )


def test_a_part_that_is_not_ready_in_time_is_an_error_and_is_ended(tmp_path):
    slow = Script(tmp_path, "slow", "import signal; print('loading', flush=True); signal.pause()")
    slow.ready_seconds = 0.5
    with pytest.raises(PartError, match=r"slow is not ready after [\s\S]*loading"):
        slow.start()
    assert slow.children == []


def test_a_part_that_ignores_sigterm_is_killed(tmp_path):
    stubborn = "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True)\nwhile True: signal.pause()"
    part = Script(tmp_path, "stubborn", stubborn)
    part.stop_seconds = 0.1
    part.start()
    pid = part.children[0].pid
    part.stop()
    assert wait_for_end(pid)


def test_killing_a_part_kills_its_children(tmp_path):
    code = (
        f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {FOREVER!r}]); print('pid', p.pid, 'up')"
    )
    part = Script(tmp_path, "parent", code + "; sys.stdout.flush(); p.wait()")
    part.start()
    grandchild = int(part.children[0].tail().split("pid ")[1].split()[0])
    part.kill()
    assert wait_for_end(grandchild)


def test_a_child_ends_when_its_starter_is_killed(tmp_path):
    starter = f"""
import os, pathlib, sys
from tools.stack.processes.child import Child, Command
child = Child(Command("child", [sys.executable, "-c", {FOREVER!r}]), pathlib.Path({str(tmp_path)!r}))
print(child.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    environment = {**os.environ, **python_env()}
    done = subprocess.run(
        [sys.executable, "-c", starter], env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert wait_for_end(int(done.stdout))


def test_a_part_is_restarted_after_down(tmp_path):
    part = Script(tmp_path, "part")
    part.start()
    with part.down():
        assert part.children == []
    assert part.is_ready()
    part.stop()


def test_the_tail_contains_only_this_runs_output(tmp_path):
    (tmp_path / "part.log").write_text("from the run before\n")
    child = Child(Command("part", [sys.executable, "-c", "print('now')"]), tmp_path)
    child.wait(10)
    assert child.tail() == "now"


def test_a_taken_port_is_reported_with_the_part_that_needs_it(tmp_path, unused_listener):
    port = unused_listener.getsockname()[1]
    assert taken_ports([Script(tmp_path, "s3", port=port)]) == [
        f"port {port} is used by another program; it is needed for s3"
    ]


def test_two_runs_on_one_data_directory_are_refused(tmp_path):
    with (
        only_one(tmp_path),
        pytest.raises(PartError, match=rf"in use by another .*process {os.getpid()}"),
        only_one(tmp_path),
    ):
        pytest.fail("both got it")


def test_the_data_directory_is_free_after_a_run(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / "lock").write_text(f"{ended.pid}\n")
    with only_one(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
