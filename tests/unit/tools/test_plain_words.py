"""The wording check: what it finds, what is exempt, and that it is part of `./dev check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.checks import plain_words, run_checks
from tools.programs import ROOT

PLANTED = {
    "message.py": ('x = 1\nraise ValueError(f"{x} is a stray "\n    "object")\n', 2, "stray"),
    "docstring.py": ('"""Summary.\n\nNobody waits.\n"""\n', 3, "Nobody"),
    "comment.py": ("x = 1  # begins anew\n", 1, "anew"),
    "verb.py": ('"""What the row says."""\n', 1, "says"),
    "page.md": ("# Title\n\n```\nheld\n```\nThe «quoted» file\n", 6, "«"),
    "riddle.py": ('"""Summary."""\n\n\ndef f():\n    """What it does."""\n', 5, "What"),
    "function.py": ("x = 1\n\n\ndef held_files():\n    return x\n", 4, "held"),
    "test_riddle.py": ("x = 1\n\n\ndef test_what_it_refuses():\n    assert x\n", 4, "test_what_it_refuses"),
    "comment.tsx": ("const a = 1;\n/** The file\n * is held. */\n", 3, "held"),
    "rules.caddy": ("# nobody\n", 1, "nobody"),
    "locale.ts": ("export const en = {\n  held: 'The bytes are held',\n};\n", 2, "held"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_word_is_found_with_its_line_and_advice(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content, line, word = PLANTED[name]
    (tmp_path / name).write_text(content)
    # a folder is searched, a file is read
    assert (plain_words.main([str(tmp_path)]), plain_words.main([str(tmp_path / name)])) == (1, 1)
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"{tmp_path / name}:{line}: {word!r}; ")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("contract.py", 'POLICY = "hold"\nraise ValueError("the stage is on hold, `UNSCANNABLE_POLICY=hold`")\n'),
        ("names.py", 'log.error("scan_given_up held_bytes=%s", row["held"])\nheld = papers\n'),
        ("contract.md", "The field `stage`, the value `held`.\n<!-- held -->\n\n~~~sh\ncarry on\n~~~\n"),
        ("person.md", "A person who knows the id; quay.io says 404.\n"),
        ("locale.ts", "export const stray = { held: 'The file is blocked' };\n"),
        ("call.py", 'ask("What is its name?")\n'),
        ("data.json", '{"a": "nobody"}'),
    ],
)
def test_contract_terms_names_and_code_are_exempt(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    assert list(plain_words.check([tmp_path])) == []


def test_installed_packages_are_exempt(tmp_path: Path) -> None:
    readme = tmp_path / "node_modules" / "theirs" / "README.md"
    readme.parent.mkdir(parents=True)
    readme.write_text("Nobody waits.\n")
    assert list(plain_words.check([tmp_path])) == []


def test_every_path_exists_and_a_missing_path_is_an_error() -> None:
    assert [path for path in plain_words.PATHS if not (ROOT / path).exists()] == []
    with pytest.raises(FileNotFoundError, match=r"gone\.md does not exist"):
        list(plain_words.check([Path("gone.md")]))


def test_dev_check_runs_the_wording_check() -> None:
    ended = run_checks.run([*run_checks.CHECKS["wording"], "README.md"])
    assert (ended.returncode, ended.stdout) == (0, "")
