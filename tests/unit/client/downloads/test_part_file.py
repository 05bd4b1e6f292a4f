"""The partial file of a download: its names, the contents of its note, and when the note is written."""

from __future__ import annotations

import errno
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from longshore.client.downloads import part_file
from longshore.client.downloads.part_file import PartFile
from longshore.client.stopping import Stop

OF: dict[str, Any] = {"file_id": "f1", "size": 10, "checksum": None, "range": 4}
BODY = b"0123456789"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "out"


def begun(target: Path, *done: int) -> Path:
    """Return the partial file, with these ranges, of a stopped download."""
    with PartFile(target, OF, 10) as part:
        for index in done:
            part.write(4 * index, BODY[4 * index : 4 * index + 4])
            part.add(index)
    return part.path


def note(target: Path) -> Any:
    return json.loads(target.with_name(f"{target.name}.part.json").read_text())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_received_ranges_are_recorded_in_the_note(target: Path) -> None:
    assert begun(target, 2, 0) == target.with_name("out.part")
    assert (note(target), target.with_name("out.part").read_bytes()) == (
        OF | {"done": [0, 2]},
        BODY[:4] + bytes(4) + BODY[8:],
    )
    with PartFile(target, OF, 10) as part:
        assert part.done == {0, 2}
        part.write(4, BODY[4:8])
        part.add(1)
        assert part.check(f"MD4:{'x'}", None, Stop()) == "size"
        part.finish()
    assert (target.read_bytes(), names(target.parent)) == (BODY, ["out"])


@pytest.mark.parametrize(
    "change",
    [{"file_id": "f2"}, {"size": 11}, {"checksum": "x"}, {"range": 5}, {"done": None}, {"done": ["x"]}, {"more": 1}],
)
def test_a_note_of_another_download_is_ignored(target: Path, change: dict[str, Any]) -> None:
    begun(target, 0)
    target.with_name("out.part.json").write_text(json.dumps(OF | {"done": [0]} | change))
    with PartFile(target, OF, 10) as part:
        assert (part.path.name, part.done) == ("out.part", set())
    assert note(target) == OF | {"done": []}


@pytest.mark.parametrize("size", [9, 11])
def test_a_note_is_ignored_if_the_partial_files_size_differs(target: Path, size: int) -> None:
    os.truncate(begun(target, 0), size)
    with PartFile(target, OF, 10) as part:
        assert (part.done, part.path.stat().st_size) == (set(), 10)


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", json.dumps({"file_id": 1, "size": 1, "range": 1})])
def test_a_file_that_is_no_note_is_kept(target: Path, text: str) -> None:
    target.with_name("out.part.json").write_text(text)
    with PartFile(target, OF, 10) as part:
        assert part.path.name == "out.1.part"
        part.discard()
    assert (names(target.parent), target.with_name("out.part.json").read_text()) == (["out.part.json"], text)


def test_a_program_without_standard_input_keeps_its_note(target: Path) -> None:
    """Its descriptor is 0 then."""
    standard_input = os.dup(0)
    os.close(0)
    try:
        begun(target, 0)
    finally:
        os.dup2(standard_input, 0)
        os.close(standard_input)
    assert note(target)["done"] == [0]


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


def test_the_note_is_written_every_ten_seconds(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(part_file, "time", clock)
    with PartFile(target, OF, 10) as part:
        for after, noted in [(9.9, []), (10.0, [0, 1]), (19.9, [0, 1]), (20.0, [0, 1, 2, 3])]:
            clock.now = 100.0 + after
            part.add(len(part.done))
            assert note(target)["done"] == noted


def test_bytes_are_on_disk_before_the_note_and_the_final_name(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    sync = os.fsync

    def watched(fd: int) -> None:
        seen.append((note(target)["done"], target.exists()))
        sync(fd)

    monkeypatch.setattr("os.fsync", watched)
    with PartFile(target, OF, 10) as part:
        part.add(0)
        part.save()
        assert (seen, note(target)["done"]) == ([([], False)], [0])
        part.finish()
    assert seen == [([], False), ([0], False)]


@pytest.mark.parametrize("missing", ["out.part", "out.part.json", None])
def test_discard_deletes_the_partial_file_and_its_note(target: Path, missing: str | None) -> None:
    begun(target, 0)
    with PartFile(target, OF, 10) as part:
        if missing:
            target.with_name(missing).unlink()
        part.discard()
    assert names(target.parent) == []


def test_a_download_finishes_without_its_note(target: Path) -> None:
    with PartFile(target, OF, 10) as part:
        target.with_name("out.part.json").unlink()
        part.finish()
    assert names(target.parent) == ["out"]


def test_a_note_needs_only_file_id_size_and_range(target: Path) -> None:
    few = {name: OF[name] for name in ("file_id", "size", "range")}
    for _ in range(2):
        with PartFile(target, few, 10) as part:
            part.add(0)
    assert (part.path.name, part.done) == ("out.part", {0})


def test_a_folder_as_target_is_refused(target: Path) -> None:
    target.mkdir()
    with pytest.raises(IsADirectoryError) as refused:
        PartFile(target, OF, 10)
    assert str(refused.value) == f"[Errno {errno.EISDIR}] Is a directory: '{target}'"


def test_a_second_download_to_the_same_file_is_refused(target: Path) -> None:
    with PartFile(target, OF, 10) as first:
        first.add(0)
        first.save()
        with pytest.raises(BlockingIOError) as busy:
            PartFile(target, OF, 10)
        assert (busy.value.errno, busy.value.strerror) == (errno.EWOULDBLOCK, "another download is writing to it")
        assert busy.value.filename == str(first.path)
        assert names(target.parent) == ["out.part", "out.part.json"]
        first.write(0, BODY)
        first.finish()
    assert target.read_bytes() == BODY


def test_a_full_disk_keeps_the_received_ranges(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = begun(target, 0)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(OSError, match=r"No space left on device") as refused:
        PartFile(target, OF, 10)
    assert (refused.value.errno, refused.value.filename) == (errno.ENOSPC, str(path))
    assert (note(target)["done"], path.read_bytes()[:4]) == ([0], BODY[:4])


def test_a_free_name_is_used_or_the_download_is_refused(target: Path) -> None:
    taken = ["out.part", *(f"out.{number}.part" for number in range(1, 99))]
    for name in taken:
        target.with_name(name).write_text("precious")
    with PartFile(target, OF, 10) as part:
        assert part.path.name == "out.99.part"
        part.discard()
    target.with_name("out.99.part").write_text("precious")
    with pytest.raises(FileExistsError) as refused:
        PartFile(target, OF, 10)
    assert (refused.value.errno, refused.value.filename) == (errno.EEXIST, str(target))
    assert refused.value.strerror == "files of others are under all names that a partial download could have"
    assert {path.read_text() for path in target.parent.iterdir()} == {"precious"}


@pytest.mark.parametrize(
    ("name", "fits"), [("a" * 242, True), ("a" * 243, False), ("ä" * 121, True), ("ä" * 122, False)]
)
def test_a_name_too_long_for_its_ending_is_replaced_by_its_hash(tmp_path: Path, name: str, fits: bool) -> None:
    short = f"longshore-{sha256(name.encode()).hexdigest()[:16]}"
    with PartFile(tmp_path / name, OF, 10) as part:
        assert part.path.name == f"{name if fits else short}.part"
        assert names(tmp_path) == [part.path.name, f"{part.path.name}.json"]


@pytest.mark.parametrize(("mask", "mode"), [(0o027, 0o640), (0, 0o666)])
def test_the_mode_of_the_partial_file_follows_the_umask(target: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        assert begun(target).stat().st_mode & 0o777 == mode
    finally:
        os.umask(before)


def test_a_note_that_cannot_be_replaced_leaves_no_draft(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PartFile(target, OF, 10) as part:
        part.add(0)

        def refuses(draft: Path, *_: Any) -> None:
            assert draft.name.startswith(".longshore-")
            raise PermissionError(errno.EPERM, "Operation not permitted")

        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", refuses)
            with pytest.raises(PermissionError):
                part.save()
        assert names(target.parent) == ["out.part", "out.part.json"]


def test_a_missing_folder_is_reported_with_the_notes_path(target: Path) -> None:
    missing = target / "out"
    with pytest.raises(FileNotFoundError) as refused:
        PartFile(missing, OF, 10)
    assert str(refused.value) == f"[Errno {errno.ENOENT}] No such file or directory: '{missing}.part.json'"


def test_a_note_that_another_process_just_wrote_is_not_replaced(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two downloads begin at once: the later one takes the next name."""
    dumps, theirs = json.dumps, OF | {"file_id": "theirs", "done": []}

    def other_first(given: Any) -> str:
        monkeypatch.undo()
        target.with_name("out.part.json").write_text(dumps(theirs))
        return dumps(given)

    monkeypatch.setattr("json.dumps", other_first)
    with PartFile(target, OF, 10) as part:
        assert part.path.name == "out.1.part"
    assert note(target) == theirs


def test_a_short_write_is_continued(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.pwrite
    monkeypatch.setattr("os.pwrite", lambda fd, data, offset: write(fd, bytes(data)[:3], offset))
    with PartFile(target, OF, 10) as part:
        part.write(0, BODY)
        part.finish()
    assert target.read_bytes() == BODY
