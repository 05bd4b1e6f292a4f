"""Check the wording of texts that users read: `python -m tools.checks.plain_words [PATH…]`, part of `./dev check`."""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tools.programs import ROOT

PATHS = (
    ".ci/run",
    ".env.example",
    "CONTRIBUTING.md",
    "Caddyfile",
    "Dockerfile",
    "README.md",
    "SECURITY.md",
    "deploy",
    "dev",
    "docker-compose.yml",
    "docs",
    "examples",
    "jobs",
    "longshore",
    "migrations",
    "service",
    "setup.cfg",
    "tests/api",
    "tests/browser",
    "tests/compose",
    "tests/doctor",
    "tests/jobs",
    "tests/live",
    "tests/stack",
    "tests/support",
    "tests/unit",
    "tools",
    "web/README.md",
    "web/adapters",
    "web/admin",
    "web/app",
    "web/client",
    "web/docs",
    "web/element",
    "web/react",
    "web/shared",
    "web/svelte",
    "web/uppy",
    "web/vue",
)
"""Files and folders that are checked. A path joins the list when it is clean, and stays in it."""

ADVICE = {
    r"[«»]": "use straight quotes, or code marks",
    r"\b(who|whom|what)ever (is|has|may|can|gets?|reaches|runs|holds|comes|asks)\b|\bwhoever\b": "name the actor",
    r"\b(no|some|every|any)body\b": "name the actor: the client, the operator, the sweeper, the worker",
    r"\bthe one who runs\b": "write: the operator",
    r"\banew\b": "write: again",
    r"\bcarr(y|ies|ied|ying) on\b": "write: resume, or continue",
    r"\b(go|goes|going|went) on\b": "write: continue",
    r"\ban own\b": "write: its own, a separate",
    r"\b(has|have) to be wanted\b": "write: is required",
    r"\bwants (a|an|no|the|to)\b": "write: requires, needs",
    r"\bwhat is only\b": "name the thing",
    r"\b(take|takes|taken|taking) out\b": "write: download, remove",
    r"\bg(ive|ives|iven|iving|ave) up\b": "write: abort, expire, stop, fail",
    r"\bstrays?\b": "write: orphan",
    r"\bheld\b": "write: blocked, reserved, stored",
    r"\bpapers\b": "write: recovery metadata",
    r"\b(cargo|crates?|berths?|quays?(?!\.io))\b": "write: upload, part, file",
    r"\bow(e|ed|es)\b": "write: pending, due",
    r"\bto be had\b": "write: available",
    r"\bin the clear\b": "write: unencrypted",
    r"\bbeside\b": "write: besides, next to, also",
    r"\bfor good\b": "write: permanently",
    r"\bonce more\b": "write: again",
    r"\basked for\b": "write: requested",
    r"\b(is|are|was|were|be|been|being) told\b": "write: gets, receives",
    r"\b(has|have|had) to (be|do|have|know)\b": "write: must",
    r"\bwhere (it|there) (is|are) (no|none)\b": "write: without, or None if there is none",
    r"\bgoes through\b": "write: raises, passes",
}
"""Patterns (in any case) that the project does not write, and what to write instead."""
ADVICE_FOR_CODE = ADVICE | {r"\b(says|tells|knows)\b": "code returns, reports, contains or raises"}
"""In documents the subject of these verbs may be a person."""
RIDDLE = re.compile(r"\s*(What|Who|Whom|Whose|Where|Which)\b")
"""The beginning of a docstring that is neither a noun phrase nor an imperative."""
RIDDLING_TEST = re.compile(r"test_(what|who|whom|whose|where|which|why|how)_")
"""The beginning of a test's name that does not state subject and outcome."""
CODE = re.compile(r"`[^`\n]*`")
"""Code is exempt: settings, fields and values keep their names."""
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
QUOTED = re.compile(
    r"'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\"|`((?:[^`\\]|\\.)*)`|//([^\n]*)|/\*(.*?)\*/", re.DOTALL
)
"""Strings and comments of TypeScript."""
EXEMPT = {"dist", "node_modules", "test_plain_words.py"}
"""Generated files, and the samples of this check's tests."""
IN_FOLDERS = (".caddy", ".conf", ".md", ".py", ".ts", ".tsx", ".yaml")


class Text(NamedTuple):
    """A text of a file and the line on which it begins."""

    line: int
    words: str


class Finding(NamedTuple):
    """A pattern in a file, and what to write instead."""

    path: Path
    line: int
    found: str
    advice: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.found!r}; {self.advice}"


def check(paths: Iterable[Path]) -> Iterator[Finding]:
    """Check files, and folders without generated ones. Raises FileNotFoundError for a path that does not exist."""
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist")
        files = sorted(each for each in path.rglob("*") if each.suffix in IN_FOLDERS) if path.is_dir() else [path]
        for file in files:
            if not EXEMPT & {*file.parts}:
                yield from _check_file(file)


def _check_file(path: Path) -> Iterator[Finding]:
    advices = ADVICE if path.suffix == ".md" else ADVICE_FOR_CODE
    for line, words in texts(path.suffix, path.read_text(encoding="utf-8")):
        plain = CODE.sub(_blank, words)
        for pattern, advice in advices.items():
            for match in re.finditer(pattern, plain, re.IGNORECASE):
                yield Finding(path, line + plain.count("\n", 0, match.start()), match[0], advice)
    if path.suffix == ".py":
        yield from _riddles(path)


def _riddles(path: Path) -> Iterator[Finding]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Expr(value=ast.Constant(value=str(words))) if riddle := RIDDLE.match(words):
                yield Finding(path, node.lineno, riddle[1], "begin a docstring with an imperative or a noun phrase")
            case ast.FunctionDef(name=name) if RIDDLING_TEST.match(name):
                yield Finding(path, node.lineno, name, "state subject and outcome: test_init_refuses_an_unknown_policy")


def texts(suffix: str, content: str) -> Iterator[Text]:
    """Yield strings and comments of Python and TypeScript, Python's names, and all other files without fenced code."""
    match suffix:
        case ".py":
            module = ast.parse(content)
            yield from _strings(module)
            yield from _names(module)
            yield from _comments(content)
        case ".ts" | ".tsx":
            for quoted in QUOTED.finditer(content):
                yield Text(content.count("\n", 0, quoted.start()) + 1, next(filter(None, quoted.groups()), ""))
        case _:
            yield Text(1, COMMENT.sub(_blank, FENCED.sub(_blank, content)))


def _strings(node: ast.AST) -> Iterator[Text]:
    """Strings with a space in them, as others are names and codes; the values in an f-string become `{}`."""
    if isinstance(node, ast.JoinedStr):
        words = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        yield Text(node.lineno, words)
        inside: Sequence[ast.AST] = [part for part in node.values if not isinstance(part, ast.Constant)]
    else:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield Text(node.lineno, node.value)
        inside = list(ast.iter_child_nodes(node))
    for child in inside:
        yield from _strings(child)


def _names(module: ast.Module) -> Iterator[Text]:
    """The names of functions and classes as words."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield Text(node.lineno, node.name.replace("_", " "))


def _comments(content: str) -> Iterator[Text]:
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        if token.type == tokenize.COMMENT:
            yield Text(token.start[0], token.string)


def _blank(match: re.Match[str]) -> str:
    """Keep the line breaks, so that lines keep their numbers."""
    return "\n" * match[0].count("\n")


def main(words: Sequence[str]) -> int:
    """Print the findings; return 1 if there are any."""
    found = list(check([Path(word) for word in words] or [ROOT / path for path in PATHS]))
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
