"""The packages of web/ as a project gets them: a tarball of npm, imported and required, with its types."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

import pytest

from tests.support.documents import block_of
from tools.checks.web import WEB, install_packages, node_environment
from tools.release.build import pack_npm

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
USE_OF_HOOKS = """
import {{ Uploader }} from '@longshore/client';
import {{ useUploads, type UploadItem, type UploadListOptions }} from '@longshore/{name}';
const options: UploadListOptions = {{ details: {{ pathName: 'a' }} }};
const list = useUploads(new Uploader({{ endpoint: '' }}), options);
const item: UploadItem = {uploads}[0]!;
const state: string = item.state;
// @ts-expect-error the types are there: a size is no text
const size: string = item.size;
void state, size, list.add([new Blob(['x'])]);
"""
HOOKS = {"react": "list.uploads", "vue": "list.uploads.value", "svelte": "list.uploads"}
"""The uploads in the result of `useUploads`."""
USE_OF_THE_ELEMENT = """
const element = document.createElement('longshore-upload');
element.addEventListener('done', ({ detail }) => console.log(detail.record.virus_scan_status));
element.addEventListener('progress', ({ detail }) => console.log(detail.sent, detail.file?.name));
// @ts-expect-error the types are there: a token is a text
element.grant = 5;
"""
USE_OF_SIGNATURES = """
import { signGrant } from '@longshore/client/grants';
import { signLink } from '@longshore/client/links';
const token: Promise<string> = signGrant('secret', { subject: 'ann', expiresIn: 600 }).then((grant) => grant.token);
// @ts-expect-error the types are there: a number of seconds is no text
void token, signLink('secret', { serviceUrl: '', fileId: '', subject: '', expiresIn: '1' });
"""
SOURCES = {
    "module.mts": "import { Uploader } from '@longshore/client';" + USE,
    "required.cts": "import { Uploader } from '@longshore/client';" + USE,
    "node.mts": "import { NodeUploader, openFile } from '@longshore/client/node';" + USE_IN_NODE,
    "node.cts": "import { NodeUploader, openFile } from '@longshore/client/node';" + USE_IN_NODE,
    "element.mts": "import '@longshore/element';" + USE_OF_THE_ELEMENT,
    "modules/element.tsx": block_of("the element in TSX"),
    "signatures.mts": USE_OF_SIGNATURES,
    "signatures.cts": USE_OF_SIGNATURES,
    "plugin.mts": "import Longshore from '@longshore/uppy';\n"
    "// @ts-expect-error the types are there: an endpoint is no number\n"
    "new Longshore({} as never, { endpoint: 5 });\n",
    **{f"{name}.mts": USE_OF_HOOKS.format(name=name, uploads=uploads) for name, uploads in HOOKS.items()},
    **{f"{name}.cts": USE_OF_HOOKS.format(name=name, uploads=HOOKS[name]) for name in ("react", "vue")},
}
IN_BROWSERS = {"lib": ["ESNext", "DOM", "DOM.Iterable"], "types": []}
IN_NODE = {"lib": ["ESNext"], "types": ["node"]}
IN_PAGES = ("module.mts", "required.cts", "element.mts", "modules/element.tsx", "signatures.mts", "signatures.cts")
ADAPTERS = ("react.mts", "vue.mts", "svelte.mts", "react.cts", "vue.cts")
PEERS = ("@types", "@uppy", "@vue", "csstype", "react", "react-dom", "svelte", "undici-types", "vue")
"""Other packages of a project; npm cannot fetch them without a network."""
CASES = [
    ("esnext", "bundler", IN_BROWSERS, (*IN_PAGES, *ADAPTERS)),
    ("node16", "node16", IN_BROWSERS, (*IN_PAGES, *ADAPTERS)),
    ("nodenext", "nodenext", IN_BROWSERS, (*IN_PAGES, *ADAPTERS, "plugin.mts")),
    ("nodenext", "nodenext", IN_NODE, ("node.mts", "node.cts")),
]
"""`module`, `moduleResolution`, libraries and files. Uppy's own types take so long that the plugin is checked once."""
STRICT = {"strict": True, "skipLibCheck": False, "noEmit": True, "jsx": "react-jsx"}


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Node's programs, without a network."""
    environment = {**node_environment(), "npm_config_offline": "true", "npm_config_loglevel": "error"}
    return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has installed the tarballs of a release."""
    root = tmp_path_factory.mktemp("packages")
    pack_npm(root)
    folder = root / "project"
    (folder / "modules").mkdir(parents=True)
    (folder / "package.json").write_text('{ "name": "a-project", "private": true }')
    (folder / "modules" / "package.json").write_text('{ "type": "module" }')
    tarballs = [str(path) for path in root.glob("*.tgz")]
    installed = run("npm", "install", "--legacy-peer-deps", *tarballs, cwd=folder)
    assert installed.returncode == 0, installed.stderr
    for peer in PEERS:
        (folder / "node_modules" / peer).symlink_to((WEB / "node_modules" / peer).resolve())
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
        "import { UploadList } from '@longshore/client/store'; console.log(typeof UploadList)",
        "console.log(typeof require('@longshore/client/store').UploadList)",
        "import { useUploads } from '@longshore/react'; console.log(typeof useUploads)",
        "console.log(typeof require('@longshore/react').useUploads)",
        "import { useUploads } from '@longshore/vue'; console.log(typeof useUploads)",
        "console.log(typeof require('@longshore/vue').useUploads)",
        "import { useUploads } from '@longshore/svelte'; console.log(typeof useUploads)",
    ],
)
def test_installed_packages_can_be_imported_and_required(project: Path, script: str) -> None:
    kind = "module" if script.startswith("import") else "commonjs"
    shown = run("node", f"--input-type={kind}", "-e", script, cwd=project)
    assert (shown.stdout.strip(), shown.returncode) == ("function", 0), shown.stderr


@pytest.mark.parametrize("script", ["index.js", "cjs/index.js"])
def test_the_react_hooks_are_marked_for_the_client(project: Path, script: str) -> None:
    built = project / "node_modules" / "@longshore" / "react" / "dist" / script
    assert built.read_text().startswith('"use client";')


@pytest.mark.parametrize(("module", "resolution", "libraries", "files"), CASES)
def test_the_packages_types_are_found(
    project: Path, module: str, resolution: str, libraries: dict[str, list[str]], files: tuple[str, ...]
) -> None:
    options = {"module": module, "moduleResolution": resolution, **libraries, **STRICT}
    (project / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": files}))
    for name in files:
        (project / name).write_text(SOURCES[name])
    checked = run("node", str(WEB / "node_modules" / "typescript" / "bin" / "tsc"), "-p", ".", cwd=project)
    assert (checked.stdout, checked.returncode) == ("", 0)


def test_npm_builds_a_checkout_that_it_installs(tmp_path: Path) -> None:
    """Without the build tools the build fails, instead of silently installing nothing."""
    install_packages()
    web = tmp_path / "web"
    copytree(WEB, web, ignore=ignore_patterns("node_modules", "dist"))
    (web / "node_modules").symlink_to((WEB / "node_modules").resolve())
    packed = run("npm", "pack", "--pack-destination", str(tmp_path), cwd=web / "client")
    assert packed.returncode == 0, packed.stderr
    with tarfile.open(next(tmp_path.glob("*.tgz"))) as tarball:
        assert "package/dist/index.js" in tarball.getnames()

    (web / "node_modules").unlink()
    # as `./dev up` installs it, without the compiler of types
    (web / "node_modules" / "vite").mkdir(parents=True)
    rmtree(web / "client" / "dist")
    refused = run("npm", "run", "--silent", "prepare", cwd=web / "client")
    assert (refused.returncode, "Run `npm ci` in web/" in refused.stderr) == (1, True)
