"""`upload -r` and `download -r` on the real stack: the tree is unchanged, and both can be repeated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from longshore.cli.exits import DONE, FAILED, NOT_CLEAN, NOT_FOUND
from tests.support.live.command_line import CommandLine
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tools.stack.servers.clamd import eicar

TREE = {
    "readme.txt": b"read me",
    "README.TXT": b"READ ME",
    ".hidden": b"",
    "2026/June/Ägir.txt": b"x" * 70_000,
    "2026/June/a:b?.txt": b"odd",
    "2026/CON.txt": b"a device",
}
RENAMED = {"2026/June/a:b?.txt": "2026/June/a_b_.txt", "2026/CON.txt": "2026/_CON.txt"}


@pytest.fixture
def shell(one_stack: Stack, tmp_path: Path) -> Iterator[CommandLine]:
    with ExitStack() as at_end:
        yield CommandLine(one_stack.client.url, tmp_path, at_end)


def write(folder: Path, tree: dict[str, bytes]) -> None:
    for name, content in tree.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def read(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def output_of(shell: CommandLine, *words: str) -> tuple[int, list[str], str]:
    """(exit code, lines on standard output, standard error)."""
    process = shell.start(*words)
    out, err = process.communicate(timeout=120)
    return process.returncode, out.splitlines(), err


def test_a_folder_is_uploaded_and_downloaded_unchanged(shell: CommandLine, tmp_path: Path) -> None:
    source = tmp_path / "photos of the command line"
    write(source, TREE | {"2026/virus.txt": eicar()})
    (source / "link").symlink_to("readme.txt")
    up = ("upload", "-r", str(source), "--folder", "/backup/")
    code, lines, err = output_of(shell, *up)
    assert (code, len(lines)) == (NOT_CLEAN, len(TREE) + 1), err
    assert f"{source}/link: left out: it is a symbolic link (--follow-links)" in err
    assert f"{source}/2026/virus.txt: infected (" in err
    assert f"{len(TREE) + 1} uploaded" in err

    code, again, err = output_of(shell, *up, "--skip-stored")
    assert (code, sorted(again)) == (NOT_CLEAN, sorted(lines)), err
    assert f"{len(TREE) + 1} already stored" in err

    folder = f"backup/{source.name}"
    listed = shell.run("list", "--folder", folder, "--recursive", "--quiet").split()
    assert sorted(listed) == sorted(line.split()[0] for line in lines)
    assert len(shell.run("list", "--folder", f"{folder}/2026", "--quiet").split()) == 2
    assert shell.run("list", "--folder", folder, "--name", ".hidden").endswith(f"  {folder}/.hidden\n")

    down = ("download", "-r", folder, "-o", str(tmp_path / "out"))
    code, lines, err = output_of(shell, *down)
    assert (code, len(lines)) == (NOT_CLEAN, len(TREE)), err
    assert f"{folder}/2026/virus.txt: The file virus.txt is not available: quarantined (infected: " in err
    place = tmp_path / "out" / source.name
    assert read(place) == {RENAMED.get(name, name): content for name, content in TREE.items()}

    (place / "readme.txt").write_bytes(b"was changed")
    (place / ".hidden").unlink()
    code, lines, err = output_of(shell, *down, "--json")
    entries = {line["path"]: line for line in map(json.loads, lines)}
    assert (code, entries[f"{folder}/readme.txt"]["error"]["code"]) == (FAILED, "no_place"), err
    assert sorted(line["present_before"] for line in entries.values()) == [*[False] * 3, *[True] * 4]
    code, lines, err = output_of(shell, *down, "--force")
    assert (code, "1 downloaded" in err, read(place)["readme.txt"]) == (NOT_CLEAN, True, b"read me"), err


def test_a_missing_or_empty_folder_is_reported(shell: CommandLine, tmp_path: Path) -> None:
    code, lines, err = output_of(shell, "download", "-r", "no/such/folder", "-o", str(tmp_path / "out"))
    assert (code, lines, err) == (NOT_FOUND, [], "longshore: no files are in the folder no/such/folder\n")
    code, _, err = output_of(shell, "upload", "-r", str(tmp_path / "gone"))
    assert (code, "1 failed" in err) == (FAILED, True)
    (tmp_path / "empty").mkdir()
    assert output_of(shell, "upload", "-r", str(tmp_path / "empty"))[::2] == (DONE, "longshore: no files found\n")


def test_a_second_file_of_a_name_replaces_the_first(shell: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "replaced" / "a.txt"
    write(file.parent, {"a.txt": b"first"})
    up = ("upload", "-r", str(file.parent), "--skip-stored", "--same-name", "replace")
    [first] = shell.run(*up).split()[:1]
    assert shell.run(*up).split()[:1] == [first]
    file.write_bytes(b"the second")
    [second] = shell.run(*up).split()[:1]

    def left() -> list[str]:
        return shell.run("list", "--folder", "replaced", "--quiet").split()

    eventually(lambda: left() == [second])
    assert second != first
