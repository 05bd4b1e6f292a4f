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
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "deploy",
    "docs/api.md",
    "docs/cli.md",
    "docs/comparison.md",
    "docs/crashes.md",
    "docs/decisions",
    "docs/errors.md",
    "docs/flow.md",
    "docs/index.md",
    "docs/kubernetes.md",
    "docs/login.md",
    "docs/map.md",
    "docs/monitoring.md",
    "docs/page.md",
    "docs/production.md",
    "docs/python.md",
    "docs/receipts.md",
    "docs/recipes",
    "docs/runbooks.md",
    "docs/security.md",
    "docs/settings.md",
    "docs/site",
    "docs/start.md",
    "docs/states.md",
    "docs/webhooks.md",
    "jobs",
    "longshore",
    "service",
    "tools/api_calls.py",
    "tools/bench",
    "tools/chaos",
    "tools/checks/plain_words.py",
    "tools/checks/run_checks.py",
    "tools/docs/crash_map.py",
    "tools/docs/state_map.py",
    "tools/stack/command_line.py",
    "tools/stack/embedded.py",
    "tools/stack/processes/part.py",
    "tools/stack/processes/supervisor.py",
    "tools/stack/up.py",
    "web/README.md",
    "web/app/api",
    "web/app/messages",
    "web/app/state",
    "web/app/text",
    "web/client/README.md",
    "web/client/errors.ts",
    "web/uppy/README.md",
    "web/uppy/index.ts",
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
}
"""What the project does not write any more, as patterns in any case, and what to write instead."""
ADVICE_FOR_CODE = ADVICE | {r"\b(says|tells|knows)\b": "code returns, reports, contains or raises"}
"""In documents the subject of these verbs may be a person."""
CODE = re.compile(r"`[^`\n]*`")
"""Code is exempt: settings, fields and values keep their names."""
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
QUOTED = re.compile(r"'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\"|`((?:[^`\\]|\\.)*)`")
IN_FOLDERS = (".py", ".md", ".ts")


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
    """Check files, and folders without their node_modules. Raises FileNotFoundError for a path that does not exist."""
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist")
        files = sorted(each for each in path.rglob("*") if each.suffix in IN_FOLDERS) if path.is_dir() else [path]
        for file in files:
            if "node_modules" in file.parts:
                continue
            yield from _check_file(file)


def _check_file(path: Path) -> Iterator[Finding]:
    advices = ADVICE if path.suffix == ".md" else ADVICE_FOR_CODE
    for line, words in texts(path.suffix, path.read_text(encoding="utf-8")):
        plain = CODE.sub(_blank, words)
        for pattern, advice in advices.items():
            for match in re.finditer(pattern, plain, re.IGNORECASE):
                yield Finding(path, line + plain.count("\n", 0, match.start()), match[0], advice)


def texts(suffix: str, content: str) -> Iterator[Text]:
    """Yield the texts of a file: strings and comments of Python, strings of TypeScript, Markdown without its code."""
    match suffix:
        case ".py":
            yield from _strings(ast.parse(content))
            yield from _comments(content)
        case ".ts":
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
