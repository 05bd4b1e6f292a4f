"""The packages of web/ as a project gets them: a tarball of npm, imported and required, with its types."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

import pytest

from tools.checks.web import WEB, install_packages, node_environment

USE = """
const uploader = new Uploader({ endpoint: '' });
const name: Promise<string> = uploader.upload(new Blob(['x'])).done.then((file) => file.filename);
// @ts-expect-error the types are there: a size is no text
const size: Promise<string> = uploader.upload(new Blob(['x'])).done.then((file) => file.size);
void name, size;
"""
USE_IN_NODE = """
const uploader = new NodeUploader({ endpoint: 'https://files.example' });
void openFile('a').then((file) => uploader.upload(file));
uploader.uploadStream(process.stdin, { size: 1 });
uploader.uploadStream(new Blob(['x']).stream());
// @ts-expect-error the types are there: a size is no text
uploader.uploadStream(process.stdin, { size: '1' });
"""
USE_OF_THE_ELEMENT = """
const element = document.createElement('longshore-upload');
element.addEventListener('done', ({ detail }) => console.log(detail.record.virus_scan_status));
element.addEventListener('progress', ({ detail }) => console.log(detail.sent, detail.file?.name));
// @ts-expect-error the types are there: a token is a text
element.grant = 5;
"""
SOURCES = {
    "module.mts": "import { Uploader } from '@longshore/client';" + USE,
    "required.cts": "import { Uploader } from '@longshore/client';" + USE,
    "node.mts": "import { NodeUploader, openFile } from '@longshore/client/node';" + USE_IN_NODE,
    "node.cts": "import { NodeUploader, openFile } from '@longshore/client/node';" + USE_IN_NODE,
    "element.mts": "import '@longshore/element';" + USE_OF_THE_ELEMENT,
    "plugin.mts": "import Longshore from '@longshore/uppy';\n"
    "// @ts-expect-error the types are there: an endpoint is no number\n"
    "new Longshore({} as never, { endpoint: 5 });\n",
}
IN_BROWSERS = {"lib": ["ESNext", "DOM", "DOM.Iterable"], "types": []}
IN_NODE = {"lib": ["ESNext"], "types": ["node"]}
IN_PAGES = ("module.mts", "required.cts", "element.mts")
CASES = [
    ("esnext", "bundler", IN_BROWSERS, IN_PAGES),
    ("node16", "node16", IN_BROWSERS, IN_PAGES),
    ("nodenext", "nodenext", IN_BROWSERS, (*IN_PAGES, "plugin.mts")),
    ("nodenext", "nodenext", IN_NODE, ("node.mts", "node.cts")),
]
"""`module`, `moduleResolution`, libraries and files. Uppy's own types take so long that the plugin is checked once."""
STRICT = {"strict": True, "skipLibCheck": False, "noEmit": True}


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Node's programs, without a network."""
    environment = {**node_environment(), "npm_config_offline": "true", "npm_config_loglevel": "error"}
    return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has installed the tarballs of a checkout, of which nothing was built."""
    install_packages(node_environment())
    root = tmp_path_factory.mktemp("packages")
    copytree(WEB, root / "web", ignore=ignore_patterns("node_modules", "dist"))
    (root / "web" / "node_modules").symlink_to((WEB / "node_modules").resolve())
    folder = root / "project"
    folder.mkdir()
    (folder / "package.json").write_text('{ "name": "a-project", "private": true }')
    for name in ("client", "uppy", "element"):
        packed = run("npm", "pack", "--pack-destination", str(root), cwd=root / "web" / name)
        assert packed.returncode == 0, packed.stderr
    tarballs = [str(path) for path in root.glob("*.tgz")]
    installed = run("npm", "install", *tarballs, cwd=folder)
    assert installed.returncode == 0, installed.stderr
    for types in ("@types", "undici-types"):
        (folder / "node_modules" / types).symlink_to((WEB / "node_modules" / types).resolve())
    (folder / "node_modules" / "@uppy").symlink_to((WEB / "node_modules" / "@uppy").resolve())
    return folder


@pytest.mark.parametrize(
    "script",
    [
        "import { Uploader } from '@longshore/client'; console.log(typeof Uploader)",
        "console.log(typeof require('@longshore/client').Uploader)",
        "import Longshore from '@longshore/uppy'; console.log(typeof Longshore)",
        "console.log(typeof require('@longshore/uppy').default)",
        "import { LongshoreUpload } from '@longshore/element'; console.log(typeof LongshoreUpload)",
        "import { NodeUploader } from '@longshore/client/node'; console.log(typeof NodeUploader)",
        "console.log(typeof require('@longshore/client/node').NodeUploader)",
    ],
)
def test_what_is_installed_can_be_imported_and_required(project: Path, script: str) -> None:
    kind = "module" if script.startswith("import") else "commonjs"
    shown = run("node", f"--input-type={kind}", "-e", script, cwd=project)
    assert (shown.stdout.strip(), shown.returncode) == ("function", 0), shown.stderr


@pytest.mark.parametrize(("module", "resolution", "libraries", "files"), CASES)
def test_its_types_are_found(
    project: Path, module: str, resolution: str, libraries: dict[str, list[str]], files: tuple[str, ...]
) -> None:
    options = {"module": module, "moduleResolution": resolution, **libraries, **STRICT}
    (project / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": files}))
    for name in files:
        (project / name).write_text(SOURCES[name])
    checked = run("node", str(WEB / "node_modules" / "typescript" / "bin" / "tsc"), "-p", ".", cwd=project)
    assert (checked.stdout, checked.returncode) == ("", 0)


def test_what_cannot_be_built_is_not_installed_in_silence(project: Path) -> None:
    web = project.parent / "web"
    (web / "node_modules").unlink()
    rmtree(web / "client" / "dist")
    refused = run("npm", "run", "--silent", "prepare", cwd=web / "client")
    assert (refused.returncode, "Run `npm ci` in web/" in refused.stderr) == (1, True)
