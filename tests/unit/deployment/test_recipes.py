"""docs/recipes: they fit the engine, the plugin, the proxies, and the calls that storage gets."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

from service.errors import StorageRefusedError
from service.settings import Settings
from service.storage.s3 import Storage
from service.values import Location, NewMultipart
from tests.support.deployment.compose_files import made
from tests.support.deployment.manifests import PODS, every, kustomize
from tests.support.documents import block_of, blocks_of
from tests.support.listening import Quiet
from tests.support.live.eventually import eventually
from tests.support.programs.shell import Shell
from tests.support.service.environments import GOOD
from tools.checks.web import WEB, install_packages, node_environment
from tools.programs import ROOT, program
from tools.stack.processes.ports import LOOPBACK
from tools.stack.pytest_parts import need

SCRIPT = re.compile(r"<script[^>]*>\n(.*?)</script>", re.DOTALL)
SVELTE, SVELTE_IN_SHORT = block_of("Svelte"), block_of("Svelte in short")
OF_SVELTE = "declare function $props<T>(): T;\n"
OF_THE_BACKEND = "declare const secret: string;\n"
OF_THE_APPLICATION = """\
declare const file: File;
declare function token(renew: boolean): Promise<string>;
"""
OF_THE_PAGE = """\
interface HTMLElement { value: any; files: any; src: any }
"""


def tsc(folder: Path, **options: object) -> str:
    """Return the compiler's output for a folder's files: empty without errors."""
    environment = node_environment()
    install_packages()
    (folder / "node_modules").symlink_to(WEB / "node_modules")
    paths = {
        "@longshore/client": [f"{WEB}/client/index.ts"],
        "@longshore/client/node": [f"{WEB}/client/node/index.ts"],
        "@longshore/client/grants": [f"{WEB}/client/grants.ts"],
        "@longshore/client/links": [f"{WEB}/client/links.ts"],
        "@longshore/client/store": [f"{WEB}/client/store/index.ts"],
        "@longshore/uppy": [f"{WEB}/uppy/index.ts"],
        **{f"@longshore/{name}": [f"{WEB}/{name}/index.ts"] for name in ("react", "vue", "svelte")},
    }
    config = {
        "extends": f"{WEB}/tsconfig.json",
        "compilerOptions": {"paths": paths, "types": ["vite/client", "node"], "jsxImportSource": "react", **options},
        "include": [f"{folder}/*"],
    }
    (folder / "tsconfig.json").write_text(json.dumps(config))
    command = ["node", f"{WEB}/node_modules/typescript/bin/tsc", "-p", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False).stdout


def test_the_typescript_recipes_compile(tmp_path: Path) -> None:
    in_react = block_of("React"), block_of("React in short"), block_of("a file in React")
    for number, block in enumerate(in_react):
        (tmp_path / f"react-{number}.tsx").write_text(block)
    scripts = {
        block_of("Vue"): "choose, retry, upload",
        block_of("Vue in short"): "totals, pause, resume, cancel, retry, rootProps, isDragging, first",
        SVELTE: "choose",
        SVELTE_IN_SHORT: "zone, first",
    }
    for number, (block, of_template) in enumerate(scripts.items()):
        script = SCRIPT.search(block)
        assert script
        # the compiler reports names as unused that only the template uses
        (tmp_path / f"script-{number}.ts").write_text(f"{script[1]}void [{of_template}];\n")
    (tmp_path / "uppy.ts").write_text(block_of("Uppy"))
    (tmp_path / "client.ts").write_text(OF_THE_APPLICATION + block_of("the client in short") + "void stored;\n")
    (tmp_path / "grants.ts").write_text(OF_THE_BACKEND + block_of("a grant in Node") + "void token;\n")
    (tmp_path / "node.ts").write_text(block_of("the client in Node"))
    of_file = OF_THE_BACKEND + "declare const fileId: string;\n"
    (tmp_path / "links.ts").write_text(of_file + block_of("a link in Node") + "void url;\n")
    (tmp_path / "plugin.ts").write_text(block_of("the plugin in short") + "void uppy;\n")
    listed = block_of("a list without a framework") + "void unsubscribe;\n"
    (tmp_path / "list.ts").write_text(OF_THE_APPLICATION + listed)
    (tmp_path / "declarations.d.ts").write_text(OF_SVELTE)
    assert tsc(tmp_path) == ""


def test_the_svelte_recipes_compile(tmp_path: Path) -> None:
    compiling = "import { compile } from 'svelte/compiler'; import { readFileSync } from 'node:fs';"
    for number, block in enumerate((SVELTE, SVELTE_IN_SHORT)):
        file = tmp_path / f"{number}.svelte"
        file.write_text(block)
        script = f"{compiling} console.log(compile(readFileSync('{file}', 'utf8'), {{}}).warnings.map((w) => w.code))"
        command = ["node", "--input-type=module", "-e", script]
        shown = subprocess.run(command, cwd=WEB, env=node_environment(), capture_output=True, text=True, check=False)
        assert (shown.stdout.strip(), shown.stderr) == ("[]", "")


def test_the_html_recipes_pass_the_type_check(tmp_path: Path) -> None:
    for number, page in enumerate((block_of("a plain page"), block_of("the page of an application"))):
        html = SCRIPT.search(page)
        assert html
        (tmp_path / f"page-{number}.js").write_text(html[1])
    (tmp_path / "declarations.d.ts").write_text(OF_THE_PAGE)
    (tmp_path / "longshore").mkdir()
    (tmp_path / "longshore" / "index.ts").write_text("export * from '@longshore/client';\n")
    loose = {"strict": False, "noUncheckedIndexedAccess": False, "exactOptionalPropertyTypes": False}
    assert tsc(tmp_path, allowJs=True, checkJs=True, **loose) == ""


class Answering(Quiet, BaseHTTPRequestHandler):
    """Answers as the service does."""

    def do_GET(self) -> None:
        self.reply(200, b'{"data": {"live": true}, "success": true}')


def test_curl_waits_for_a_service_that_is_being_restarted(tmp_path: Path) -> None:
    """Nothing listens until curl was refused for the first time; a pytest-httpserver listens once it has a port."""
    need("curl")
    need("jq")
    log = tmp_path / "log"
    log.touch()
    shell = Shell(tmp_path, {"curl": f'exec {program("curl")} -v "$@" 2>>{log}'})
    with ThreadingHTTPServer((LOOPBACK, 0), Answering, bind_and_activate=False) as server:
        server.server_bind()
        server.timeout = 10  # for a curl that does not come again

        def listen_when_refused() -> None:
            eventually(lambda: "refused" in log.read_text())
            server.server_activate()
            server.handle_request()

        listening = threading.Thread(target=listen_when_refused)
        listening.start()
        where = {"LONGSHORE_URL": f"http://{LOOPBACK}:{server.server_port}"}
        output = shell.run(f"{blocks_of('the curl recipe')[0]}call GET /all", where)
        listening.join()
    assert json.loads(output) == {"live": True}


def test_the_traefik_recipe_names_existing_services() -> None:
    read = yaml.safe_load(block_of("Traefik before it"))["http"]
    assert {router["service"] for router in read["routers"].values()} == set(read["services"])


def test_seaweedfs_identities_may_use_the_default_buckets() -> None:
    """The service reads, writes and lists; the upload key only writes."""
    _, identity, upload = json.loads(block_of("SeaweedFS' identities"))["identities"]
    buckets = (Settings.s3_private_bucket, Settings.s3_public_bucket)
    assert set(identity["actions"]) == {f"{verb}:{name}" for verb in ("Read", "Write", "List") for name in buckets}
    assert upload["actions"] == [f"Write:{Settings.s3_private_bucket}"]
    [denied] = json.loads(block_of("SeaweedFS' policy of the upload key"))["Statement"]
    assert denied["Principal"]["AWS"] == [f"arn:aws:iam::000000000000:user/{upload['name']}"]
    assert (denied["Effect"], denied["Resource"]) == ("Deny", of_bucket(Settings.s3_private_bucket))


def of_bucket(name: str) -> list[str]:
    """Return a bucket and all its objects."""
    return [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]


def test_upload_keys_may_put_objects_into_the_private_bucket_and_nothing_else() -> None:
    """Enough for `UploadPart` by a URL, in the policy of each store."""
    [aws] = json.loads(block_of("AWS' policy of the upload key"))["Statement"]
    [ceph] = json.loads(block_of("Ceph's policy of the upload key"))["Statement"]
    owner, versitygw = json.loads(block_of("versitygw's policy of the private bucket"))["Statement"]
    for allowed in (aws, ceph, versitygw):
        assert (allowed["Effect"], allowed["Action"]) == ("Allow", ["s3:PutObject"])
    assert aws["Resource"] == ceph["Resource"] == [f"{OF_BUCKETS[0]}/*"]
    assert "Principal" not in aws
    denied = json.loads(block_of("AWS' policy of conditional PUTs"))
    assert (denied["Effect"], denied["Action"], denied["Resource"]) == ("Deny", aws["Action"], aws["Resource"])
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    assert denied["Condition"] == {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}
    whole = of_bucket(Settings.s3_private_bucket)
    assert (owner["Resource"], versitygw["Resource"]) == (whole, whole[1:])
    assert owner["Principal"] != versitygw["Principal"]


NAMESPACE, ACCOUNT = "longshore", "longshore-service"
SPEAK_TO_STORAGE = {"api", "worker", "cron", "migrate"}
OF_BUCKETS = "arn:aws:s3:::example-uploads-private", "arn:aws:s3:::example-uploads-public"
ONCE = {"create_bucket", "put_bucket_cors"}
"""Called only by `jobs.prepare`, which continues after a refusal."""
OF_VERSIONS = ["list_object_versions", "get_bucket_versioning"]
"""Called only for a bucket with versions, or not required."""
ACTIONS = {
    "abort_multipart_upload": ["AbortMultipartUpload"],
    "complete_multipart_upload": ["PutObject"],
    "copy_object": ["GetObject", "PutObject"],
    "create_multipart_upload": ["PutObject"],
    "delete_object": ["DeleteObject"],
    "delete_objects": ["DeleteObject"],
    "get_bucket_versioning": ["GetBucketVersioning"],
    "get_object": ["GetObject"],
    "head_bucket": ["ListBucket"],
    "head_object": ["GetObject", "ListBucket"],
    "list_object_versions": ["ListBucketVersions"],
    "list_multipart_uploads": ["ListBucketMultipartUploads"],
    "list_objects_v2": ["ListBucket"],
    "list_parts": ["ListMultipartUploadParts"],
    "put_object": ["PutObject"],
    "upload_part_copy": ["GetObject", "PutObject"],
}
"""The actions that each call requires: https://docs.aws.amazon.com/service-authorization/latest/reference/list_s3.html.

UploadPart and GetObject by presigned URLs need the signer's PutObject and GetObject.
"""


def calls_of_storage() -> set[str]:
    """Every method of boto3's client that service/ calls."""
    calls = set()
    for file in (ROOT / "service").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="_s3" | "_patient"), attr=name)):
                    calls.add(name)
    return calls - {"close"}


def test_the_policy_allows_exactly_the_calls_of_storage() -> None:
    needed = {f"s3:{action}" for call in calls_of_storage() - ONCE - set(OF_VERSIONS) for action in ACTIONS[call]}
    policy = json.loads(block_of("AWS' policy"))
    objects, buckets = policy["Statement"]
    assert sorted(objects["Action"] + buckets["Action"]) == sorted(needed)
    assert set(buckets["Action"]) == {action for action in needed if "ListBucket" in action}
    assert (buckets["Resource"], objects["Resource"]) == (list(OF_BUCKETS), [f"{arn}/*" for arn in OF_BUCKETS])


def test_the_policy_for_versions_allows_the_same_on_versions() -> None:
    objects, buckets = json.loads(block_of("AWS' policy for versions"))
    assert objects["Action"] == ["s3:GetObjectVersion", "s3:DeleteObjectVersion"]
    assert buckets["Action"] == [f"s3:{action}" for call in OF_VERSIONS for action in ACTIONS[call]]
    assert (buckets["Resource"], objects["Resource"]) == (list(OF_BUCKETS), [f"{arn}/*" for arn in OF_BUCKETS])


def test_the_policy_for_adopted_buckets_only_reads_them() -> None:
    objects, buckets = json.loads(block_of("AWS' policy for adopted buckets"))
    assert (objects["Action"], buckets["Action"]) == (["s3:GetObject", "s3:GetObjectVersion"], ["s3:ListBucket"])
    assert objects["Resource"] == [f"{arn}/*" for arn in buckets["Resource"]]


def test_the_table_lists_every_action_of_the_policy() -> None:
    policy = json.loads(block_of("AWS' policy"))
    table = (ROOT / "docs" / "recipes" / "storage.md").read_text().split("| action | for |")[1].split("\n\n")[0]
    assert set(re.findall(r"`(s3:\w+)`", table)) == {action for one in policy["Statement"] for action in one["Action"]}


def test_the_trust_policy_names_the_service_account_of_the_manifests() -> None:
    [statement] = json.loads(block_of("IRSA's trust"))["Statement"]
    provider = statement["Principal"]["Federated"].partition("oidc-provider/")[2]
    account = f"system:serviceaccount:{NAMESPACE}:{ACCOUNT}"
    assert statement["Condition"] == {
        "StringEquals": {f"{provider}:aud": "sts.amazonaws.com", f"{provider}:sub": account}
    }
    assert NAMESPACE in every("Namespace")
    assert {name for name, pod in PODS.items() if pod["spec"]["serviceAccountName"] == ACCOUNT} == SPEAK_TO_STORAGE


def test_the_kubernetes_recipe_for_a_role_starts_the_service(tmp_path: Path) -> None:
    """The settings start the service, and the account has the role."""
    shutil.copytree(ROOT / "deploy" / "kubernetes", tmp_path, dirs_exist_ok=True)
    ours = tmp_path / "example"
    (ours / "aws").mkdir()
    (ours / "aws" / "kustomization.yaml").write_text(block_of("Kubernetes: a role"))
    whole = ours / "kustomization.yaml"
    whole.write_text(whole.read_text().replace("../storage]", "../storage, aws]"))
    documents = list(yaml.safe_load_all(kustomize(ours)))
    [account] = [one for one in documents if (one["kind"], one["metadata"]["name"]) == ("ServiceAccount", ACCOUNT)]
    assert account["metadata"]["annotations"] == {
        "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/longshore"
    }
    [config] = [one["data"] for one in documents if "longshore-settings-" in one["metadata"]["name"]]
    made(tmp_path / "secrets")
    read = {key: value.replace("/run/longshore", str(tmp_path / "secrets")) for key, value in config.items()}
    assert Settings.from_env(read).has_role


def test_the_service_starts_with_a_role_and_empty_key_files(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    Shell(tmp_path, {}).run(block_of("no key in the files"), {})
    files = {f"{name}_FILE": f"{tmp_path}/secrets/{name.lower()}" for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY")}
    role = dict([block_of("a role's settings").strip().split("=")])
    without = {name: text for name, text in GOOD.items() if f"{name}_FILE" not in files}
    assert Settings.from_env(without | files | role).has_role


def allowed(call: Callable[[], object]) -> bool:
    """Return whether storage allows the call."""
    try:
        call()
    except (StorageRefusedError, ClientError):
        return False
    return True


@mock_aws
@set_initial_no_auth_action_count(6)  # the six calls that make the key and the buckets
def test_a_key_with_the_policy_can_upload_read_copy_and_abort(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto enforces IAM's policies, except for HeadBucket, which it takes for an action, and DeleteObjects."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "root")
    private, public = (arn.removeprefix("arn:aws:s3:::") for arn in OF_BUCKETS)
    iam, root = boto3.client("iam", "us-east-1"), boto3.client("s3", "us-east-1")
    iam.create_user(UserName="longshore")
    policy = block_of("AWS' policy")
    arn = iam.create_policy(PolicyName="longshore", PolicyDocument=policy)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="longshore", PolicyArn=arn)
    key = iam.create_access_key(UserName="longshore")["AccessKey"]
    for bucket in (private, public):
        root.create_bucket(Bucket=bucket)

    secret = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    client = boto3.client("s3", "us-east-1", **secret)
    storage, at = Storage(client), Location(private, "a-file")
    upload = storage.create_upload(NewMultipart(at, "an-upload"))
    client.upload_part(Bucket=private, Key="a-file", UploadId=upload, PartNumber=1, Body=b"bytes")
    storage.complete_upload(at, upload, storage.list_parts(at, upload), None)
    made = storage.head(at)
    assert made
    assert b"".join(storage.read(at, made.etag)) == b"bytes"
    storage.copy(at, made.etag, made.size, Location(public, "a-file"), {})
    assert storage.head(Location(private, "nothing")) is None
    assert storage.abort_upload(at, storage.create_upload(NewMultipart(at, "another")))
    assert (storage.open_uploads(private), len(storage.objects_after(public, None, 10)[0])) == ([], 1)

    assert not allowed(lambda: client.put_object_acl(Bucket=public, Key="a-file", ACL="public-read"))
    assert not allowed(lambda: client.put_bucket_policy(Bucket=public, Policy="{}"))
    assert not allowed(lambda: storage.ensure_bucket("another"))
