"""Folders of `upload -r` and `download -r` on disk: what is found, which names are safe, and what stays untouched."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longshore.cli.terminal.names import DEVICE, numbered, safe_part, without_hidden
from longshore.cli.transfers.folders.places import Names, NoPlaceError, Target, ignores_case, refuse_other_than_file
from longshore.cli.transfers.folders.walk import Found, folder_of, totals, walk_all

ODD = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("./\\ :\x00\ncCoOnNxX1\u200d\u202e")), max_size=300)


def found_in(*paths: str, folder: str = "", follow: bool = False) -> list[tuple[str, str]]:
    """(kind, path) of what a walk finds, files with their folder on the service."""
    return [
        (type(each).__name__, f"{each.folder}:{Path(each.path).name}" if isinstance(each, Found) else each.path)
        for each in walk_all(paths, folder, follow)
    ]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*paths: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(os.fsencode(path))


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("photos", "photos"),
        ("a/photos", "photos"),
        ("photos/", ""),
        (".", ""),
        ("a/..", ""),
        ("/", ""),
        ("a\\b", "a_b"),
        ("..x", "..x"),
    ],
)
def test_folder_of_returns_the_folder_for_a_path(path: str, folder: str) -> None:
    assert folder_of(path) == folder


def test_a_walk_finds_hidden_files_and_reports_missing_paths(here: Path) -> None:
    make("p/b.txt", "p/.hidden", "p/a/z.txt", "single")
    Path("p/empty").mkdir()
    inside = [("Found", "x/p:.hidden"), ("Found", "x/p/a:z.txt"), ("Found", "x/p:b.txt")]
    assert found_in("p", "single", "gone", folder="x") == [*inside, ("Found", "x:single"), ("Unreadable", "gone")]
    assert found_in("p/") == [("Found", ":.hidden"), ("Found", "a:z.txt"), ("Found", ":b.txt")]
    assert totals(walk_all(["p", "gone"], "", follow=False)) == (3, len("p/b.txtp/.hiddenp/a/z.txt"))


def test_links_are_followed_on_request_without_loops(here: Path) -> None:
    make("p/a.txt", "outside/o.txt")
    Path("p/up").symlink_to("..")
    Path("p/out").symlink_to("../outside")
    Path("p/broken").symlink_to("nowhere")
    assert found_in("p") == [
        ("Found", "p:a.txt"),
        ("Skipped", "p/broken"),
        ("Skipped", "p/out"),
        ("Skipped", "p/up"),
    ]
    followed = found_in("p", follow=True)
    assert followed[:3] == [("Found", "p:a.txt"), ("Unreadable", "p/broken"), ("Found", "p/out:o.txt")]
    # `up` is the parent of `p` and is entered; `p` inside it would be a loop
    assert followed[3:] == [("Found", "p/up/outside:o.txt"), ("Skipped", "p/up/p")]


def test_a_walk_skips_special_files_and_changes_unsafe_names(here: Path) -> None:
    make("p/a\\b/c.txt", "p/caf\udce9/d.txt")
    os.mkfifo("p/pipe")
    assert found_in("p") == [
        ("Renamed", "p/a\\b"),
        ("Found", "p/a_b:c.txt"),
        ("Renamed", "p/caf\udce9"),
        ("Found", "p/caf\ufffd:d.txt"),
        ("Skipped", "p/pipe"),
    ]
    deep = "/".join(["d"] * 33)
    make(f"{deep}/x")
    assert found_in("d") == [("Unreadable", deep)]


@given(ODD, st.integers(40, 255))
@settings(deadline=None)
def test_any_name_becomes_a_name_that_every_system_can_create(name: str, most: int) -> None:
    for made in (safe_part(name, most), numbered(safe_part(name, most), 12, most)):
        assert made
        assert made not in {".", ".."}
        assert Path(made).name == made
        assert not re.search(r'[/\\:*?"<>|\x00-\x1f]|[ .]$', made)
        assert not DEVICE.match(made)
        assert len(made.encode()) <= most
        assert without_hidden(made, "") == made
    assert safe_part(safe_part(name, most), most) == safe_part(name, most)


SIMILAR = st.sampled_from(["a.txt", "A.txt", "a (2).txt", "é", "e\u0301", "ß", "SS"])


@given(st.lists(st.text(max_size=20) | SIMILAR, max_size=20), st.booleans())
@settings(deadline=None)
def test_no_two_files_get_the_same_name(names: list[str], folds: bool) -> None:
    taken = Names(folds)
    given_names = [taken.take(name) for name in names]
    keys = [taken._key(name) for name in given_names]
    assert len(set(keys)) == len(keys)
    again = Names(folds)
    assert [again.take(name) for name in names] == given_names


@pytest.mark.parametrize(
    ("folds", "places"),
    [
        (False, ["a.txt", "A.txt", "a (2).txt", "_CON", "a (2) (2).txt", ".git"]),
        (True, ["a.txt", "A (2).txt", "a (3).txt", "_CON", "a (2) (2).txt", ".git"]),
    ],
)
def test_a_second_file_of_a_name_gets_a_number(folds: bool, places: list[str]) -> None:
    taken = Names(folds)
    assert [taken.take(name) for name in ("a.txt", "A.txt", "a.txt", "CON", "a (2).txt", ".git")] == places


def test_a_download_never_leaves_its_target_folder(here: Path) -> None:
    make("outside/secret", "target/file")
    Path("target/out").symlink_to("../outside")
    Path("target/in").symlink_to("inner")
    Path("target/inner").mkdir()
    Path("target/dangling").symlink_to("../gone")
    Path("target/link").symlink_to("file")
    target = Target(Path("target"))
    for name, reason in {"out": "leads out", "dangling": "not a folder", "file": "not a folder"}.items():
        with pytest.raises(NoPlaceError, match=reason):
            target.enter(Path("target", name))
    assert target.enter(Path("target/in")) == Path("target/in")
    assert target.enter(Path("target/new")).is_dir()
    assert (refuse_other_than_file(Path("target/file")), refuse_other_than_file(Path("target/none"))) == (True, False)
    for name in ("link", "inner", "dangling"):
        with pytest.raises(NoPlaceError):
            refuse_other_than_file(Path("target", name))
    assert not Path("gone").exists()


def test_ignores_case_probes_the_file_system(here: Path) -> None:
    Path("probe").write_text("")
    assert ignores_case(here) is Path("PROBE").exists()
    assert [path.name for path in here.iterdir()] == ["probe"]
