"""MiniStack as an S3 server, for the live tests: everything in memory, every signature checked."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import boto3

from tools.stack.keys import secret_once
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part
from tools.stack.processes.ports import LOOPBACK, free_port, http_status
from tools.stack.stores import store_env

REGION = "us-east-1"
USER = "longshore"
POLICY = "s3"
MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}


class MiniStack(Part):
    """Its S3 on loopback, with one user. It loses all data when it stops, including the user's key."""

    name = "ministack"

    def __init__(self, data: Path, port: int | None = None) -> None:
        super().__init__(data)
        self.port = port or free_port()
        self.folder = self.data / "ministack"
        self._access_key = self._secret_key = ""

    @property
    def endpoint(self) -> str:
        """The address of S3 and IAM."""
        return f"http://{LOOPBACK}:{self.port}"

    def ports(self) -> dict[str, int]:
        return {self.name: self.port}

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def commands(self) -> Sequence[Command]:
        argv = [store_env.environment("ministack", sys.executable), "-m", "ministack"]
        return [Command(self.name, argv, self._settings())]

    def _settings(self) -> dict[str, str]:
        return {
            "SERVICES": "s3,iam,sts",
            # without it, neither users' keys nor their signatures are checked
            "AUTH": "true",
            "AWS_ACCESS_KEY_ID": secret_once(self.folder / "root", 9),
            "AWS_SECRET_ACCESS_KEY": secret_once(self.folder / "root_secret"),
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self.port),
            # no other listeners, and no removal of other MiniStacks' containers
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": f"unix://{self.folder}/none",
            # no files outside of its folder
            "S3_DATA_DIR": str(self.folder / "s3"),
            "TMPDIR": str(self.folder),
        }

    def is_ready(self) -> bool:
        return http_status(self.port, "/_ministack/ready") == 200

    def wait_ready(self) -> None:
        super().wait_ready()
        self._make_user()

    def _make_user(self) -> None:
        """Create the user, as only users' signatures are checked; root's key needs none."""
        self._access_key, self._secret_key = self.make_key(USER, MAY)

    def make_key(self, user: str, policy: Mapping[str, Any]) -> tuple[str, str]:
        """Create a user with this policy and return its access key and secret."""
        with self.users() as iam:
            iam.create_user(UserName=user)
            iam.put_user_policy(UserName=user, PolicyName=POLICY, PolicyDocument=json.dumps(policy))
            key = iam.create_access_key(UserName=user)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    @contextmanager
    def policy(self, user: str, policy: Mapping[str, Any]) -> Iterator[None]:
        """Give the user this policy instead of its own inside the block."""
        with self.users() as iam:
            usual = iam.get_user_policy(UserName=user, PolicyName=POLICY)["PolicyDocument"]
            iam.put_user_policy(UserName=user, PolicyName=POLICY, PolicyDocument=json.dumps(policy))
            try:
                yield
            finally:
                iam.put_user_policy(UserName=user, PolicyName=POLICY, PolicyDocument=json.dumps(usual))

    @contextmanager
    def users(self) -> Iterator[Any]:
        """Return boto3's IAM client with root's key."""
        root = self._settings()
        iam = boto3.client(
            "iam",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=root["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=root["AWS_SECRET_ACCESS_KEY"],
        )
        with closing(iam):
            yield iam

    def describe(self) -> str:
        return f"MiniStack {self.version()}, {LOOPBACK}:{self.port}, in memory"

    @staticmethod
    def version() -> str:
        """The pinned version."""
        return store_env.version("ministack", "ministack")

    def env(self) -> dict[str, str]:
        """Return the settings, with the user's key; only when it is ready."""
        return {
            "S3_ENDPOINT_URL": self.endpoint,
            "S3_REGION": REGION,
            "S3_ACCESS_KEY": self._access_key,
            "S3_SECRET_KEY": self._secret_key,
        }
