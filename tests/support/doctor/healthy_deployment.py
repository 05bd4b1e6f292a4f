"""A healthy deployment with proxies at every place where tests cause faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from redis import Redis
from rq.serializers import JSONSerializer
from werkzeug.serving import make_server

from jobs.prepare import prepare
from jobs.rq_worker import JobWorker
from service.admin.doctor.dependencies.work import LAST_SWEEP
from service.admin.doctor.finding import CheckContext, http
from service.app import create_app
from service.deps import Deps, build_deps, make_presigner, plan_probe_cleanup, utc_now
from service.queue.jobs import SCAN_QUEUE, connect
from service.settings import Settings
from service.storage.client import make_client
from service.storage.probe import ChecksumProbe
from tests.support.doctor.certificates import make_certificate
from tests.support.doctor.clamd_version import Versioned, versioned
from tests.support.documents import block_of
from tests.support.listening import listening
from tests.support.service.identity_provider import AUDIENCE, ISSUER, Provider
from tests.support.storage.faulty_proxy import FaultyProxy, Forward, ProxiedRequest, Reply, harmful, refusing
from tools.stack.servers.clamd import Clamd
from tools.stack.stores.ministack import MiniStack

OUTSIDE = "127.0.0.2"
"""An address that counts as public."""
PAGE = "https://app.example"
PRIVATE, PUBLIC, FOREIGN = "doctor-private", "doctor-public", "doctor-foreign"
SERVICE_USER, UPLOAD_USER = "doctor-service", "doctor-upload"
RULE: dict[str, Any] = {"ID": "open", "Status": "Enabled", "Filter": {"Prefix": ""}}
ABORT = "AbortIncompleteMultipartUpload"


@dataclass(frozen=True)
class HealthyDeployment:
    """context: what the checks examine.

    s3: storage without proxies, by the operator's key. store: the server. inner and outer are before storage, for the
    service and for browsers; front is before the API, with TLS, and plain is its HTTP port.
    """

    context: CheckContext
    store: MiniStack
    s3: Any
    redis: Redis
    inner: FaultyProxy
    outer: FaultyProxy
    front: FaultyProxy
    plain: FaultyProxy
    provider: Provider
    clamd: Versioned
    worker: JobWorker
    folder: Path

    def with_settings(self, **changes: Any) -> CheckContext:
        return self.with_parts(settings=replace(self.context.deps.settings, **changes))

    def with_parts(self, **parts: Any) -> CheckContext:
        return replace(self.context, deps=replace(self.context.deps, **parts))

    def with_new_probe(self) -> CheckContext:
        """Test checksums again, through the service's proxy before storage, like a new process."""
        deps = self.context.deps
        presigner = make_presigner(deps.settings, self.inner.url, utc_now)
        probe = ChecksumProbe(deps.storage, presigner, PRIVATE, lambda at: plan_probe_cleanup(deps.db, at))
        return self.with_parts(checksums=probe)

    def allow_public(self, bucket: str, **actions: str) -> None:
        """Set a bucket's policy: the public permission, and whether it is for the bucket or its objects."""
        statements = [
            {"Effect": "Allow", "Principal": "*", "Action": f"s3:{name}", "Resource": f"arn:aws:s3:::{bucket}{of}"}
            for name, of in actions.items()
        ]
        policy = {"Version": "2012-10-17", "Statement": statements}
        self.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    def let_rules_be(self, *rules: dict[str, Any]) -> None:
        """Set the private bucket's lifecycle."""
        self.s3.put_bucket_lifecycle_configuration(Bucket=PRIVATE, LifecycleConfiguration={"Rules": list(rules)})

    def restore(self) -> None:
        """Restore what a fault may have changed permanently."""
        self.allow_public(PUBLIC, GetObject="/*")
        self.s3.delete_bucket_policy(Bucket=PRIVATE)
        self.let_rules_be(RULE | {ABORT: {"DaysAfterInitiation": 7}})
        self.redis.config_set("appendonly", "yes")
        self.redis.config_set("maxmemory-policy", "noeviction")
        self.context.deps.counters.add({}, {LAST_SWEEP: utc_now().timestamp()})


def here(policy: str) -> dict[str, Any]:
    """Return a policy of docs/recipes/storage.md for these buckets."""
    text = policy.replace("example-uploads-private", PRIVATE).replace("example-uploads-public", PUBLIC)
    read: dict[str, Any] = json.loads(text)
    return read


def and_also(policy: dict[str, Any], action: str | list[str], resource: str) -> dict[str, Any]:
    """Return the policy with one more statement."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return policy | {"Statement": [*policy["Statement"], statement]}


SERVICE_POLICY = and_also(here(block_of("AWS' policy")), ["s3:GetBucketLocation", "s3:GetLifecycleConfiguration"], "*")
"""Add what the doctor additionally reads."""
UPLOAD_POLICY = here(block_of("AWS' policy of the upload key"))


def with_keys(settings: Settings, store: MiniStack) -> Settings:
    """Replace the operator's key in `settings` by two keys with the required permissions."""
    access, secret = store.make_key(SERVICE_USER, SERVICE_POLICY)
    upload_access, upload_secret = store.make_key(UPLOAD_USER, UPLOAD_POLICY)
    return replace(
        settings,
        s3_access_key=access,
        s3_secret_key=secret,
        s3_upload_access_key=upload_access,
        s3_upload_secret_key=upload_secret,
    )


def with_policy_of_production(request: ProxiedRequest, forward: Forward) -> Reply:
    """Add the headers of the Caddyfile."""
    return forward(request).with_headers(strict_transport_security="max-age=31536000")


def without_unsigned_copies(request: ProxiedRequest, forward: Forward) -> Reply:
    """Refuse copies like a safe storage: MiniStack copies the object in an unsigned header of a part's request."""
    unsigned = "x-amz-copy-source" in request.headers and "authorization" not in request.headers
    return refusing(403, "AccessDenied") if unsigned else forward(request)


def to_https(request: ProxiedRequest, forward: Forward) -> Reply:
    return Reply(308, {"location": f"https://{request.headers['host']}{request.path}"})


@contextmanager
def serving(deps: Deps) -> Iterator[str]:
    """Run the API in this process; return host:port."""
    server = make_server("127.0.0.1", 0, create_app(deps), threaded=True)
    with listening(server):
        yield f"127.0.0.1:{server.server_port}"


@contextmanager
def running_deployment(
    folder: Path, store: MiniStack, database_url: str, redis_url: str, clamd: Clamd
) -> Iterator[HealthyDeployment]:
    """Run it during the block. SSL_CERT_FILE must be `folder`/ca.pem."""
    good = make_certificate(folder / "good.pem", OUTSIDE, 300)
    soon = make_certificate(folder / "soon.pem", OUTSIDE, 5)
    (folder / "ca.pem").write_bytes(good.read_bytes() + soon.read_bytes())
    at = store.endpoint.removeprefix("http://")
    with ExitStack() as open_until_end:
        inner, outer = (open_until_end.enter_context(harmful(at)) for _ in range(2))
        inner.rule = outer.rule = without_unsigned_copies
        front = open_until_end.enter_context(harmful("", OUTSIDE, str(good)))
        plain = open_until_end.enter_context(harmful("", OUTSIDE))
        front.rule, plain.rule = with_policy_of_production, to_https
        provider = open_until_end.enter_context(Provider())
        provider.make_key("first", "EC")
        signed = open_until_end.enter_context(
            versioned(clamd.port, f"ClamAV 1.4.3/27800/{utc_now():%a %b %d %H:%M:%S %Y}")
        )
        by_operator = Settings.from_env(
            store.env()
            | {
                "S3_ENDPOINT_URL": inner.url,
                "S3_PUBLIC_ENDPOINT_URL": outer.url,
                "S3_PUBLIC_BASE_URL": f"{outer.url}/{PUBLIC}",
                "S3_PRIVATE_BUCKET": PRIVATE,
                "S3_PUBLIC_BUCKET": PUBLIC,
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url,
                "CLAMD_URL": signed.url,
                "SECRET_KEY": "a8b7c6d5e4f30918",
                "METRICS_TOKEN": "5a6b7c8d9e0f1a2b",
                "CORS_ORIGINS": f"{PAGE},{front.url},{plain.url}",
                "ENV": "production",
                "LOGIN": "on",
                "JWT_JWKS_URL": provider.url,
                "JWT_ISSUER": ISSUER,
                "JWT_AUDIENCE": AUDIENCE,
                "RATE_LIMIT_ADDRESS": "600000/minute",
                "TRUSTED_PROXIES": "1",
                "UPLOAD_TTL": str(timedelta(days=2) // timedelta(seconds=1)),
            }
        )
        operators = build_deps(by_operator)
        open_until_end.callback(operators.disconnect)
        prepare(operators)
        settings = with_keys(by_operator, store)
        deps = build_deps(settings)
        deps.checksums.enforced()  # checksums are tested before any test
        front.target = plain.target = open_until_end.enter_context(serving(deps))
        redis = open_until_end.enter_context(connect(redis_url))
        worker = JobWorker([SCAN_QUEUE], connection=redis, serializer=JSONSerializer)
        worker.register_birth()
        context = CheckContext(deps, make_client(settings, inner.url), http, front.url)
        s3 = make_client(by_operator, store.endpoint)
        s3.create_bucket(Bucket=FOREIGN)
        for bucket in (PRIVATE, PUBLIC):
            s3.delete_public_access_block(Bucket=bucket)  # it would not allow public policies
        yield HealthyDeployment(context, store, s3, redis, inner, outer, front, plain, provider, signed, worker, folder)
        worker.register_death()
        deps.disconnect()
