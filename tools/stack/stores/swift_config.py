"""Swift's configuration: one node, one replica, S3 only, loopback only."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.stack.processes.ports import LOOPBACK

REGION = "us-east-1"
# What S3 allows (Multipart upload limits in the S3 user guide): part numbers up to 10,000, lists of up to 1,000.
MAX_PARTS = 10_000
MAX_LISTED_PARTS = 1_000
EXPOSED_HEADERS = ("etag", "x-amz-checksum-sha256", "content-length", "content-range")
PIPELINE = (
    "catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth open_uploads stored_once copy slo dlo "
    "versioned_writes symlink proxy-server"
)
# On a slow disk the object server must not leave a listing's update to a background process that does not run here:
# the part would be stored but missing from ListParts. It waits this long (seconds) instead.
PATIENCE = 120


@dataclass(frozen=True)
class SwiftPorts:
    """The ports of the four servers; only the proxy's is for clients."""

    proxy: int
    account: int
    container: int
    object: int

    def storage(self) -> dict[str, int]:
        """Return the servers behind the proxy by name."""
        return {"account": self.account, "container": self.container, "object": self.object}


@dataclass(frozen=True)
class S3Key:
    """An access key in tempauth's form (ACCOUNT:USER) and its secret."""

    account: str
    user: str
    secret: str

    @property
    def access_key(self) -> str:
        """The access key as S3 clients send it."""
        return f"{self.account}:{self.user}"


def swift_conf(hash_secret: str) -> str:
    """Return swift.conf. hash_secret determines the place of data on disk and must not change for a data directory."""
    return f"""[swift-hash]
swift_hash_path_prefix = {hash_secret}
swift_hash_path_suffix = longshore
[storage-policy:0]
name = one
default = yes
"""


def proxy_conf(folder: Path, ports: SwiftPorts, keys: Sequence[S3Key], origins: Sequence[str]) -> str:
    """Return proxy.conf: S3 with signatures by any of `keys`, and CORS for `origins`."""
    users = "".join(f"user_{key.account}_{key.user} = {key.secret} .admin\n" for key in keys)
    allowed = ", ".join(origins)
    return f"""{_common(folder, ports.proxy)}
cors_allow_origin = {allowed}
cors_expose_headers = {", ".join(EXPOSED_HEADERS)}
strict_cors_mode = true
[pipeline:main]
pipeline = {PIPELINE}
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
node_timeout = {PATIENCE}
conn_timeout = 10
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
paste.filter_factory = tools.stack.stores.swift_cache:filter_factory
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = {REGION}
s3_acl = false
allow_no_owner = true
max_upload_part_num = {MAX_PARTS}
max_parts_listing = {MAX_LISTED_PARTS}
cors_preflight_allow_origin = {allowed}
auth_pipeline_check = true
[filter:tempauth]
use = egg:swift#tempauth
{users}[filter:open_uploads]
paste.filter_factory = tools.stack.stores.swift_parts:filter_factory
[filter:stored_once]
paste.filter_factory = tools.stack.stores.swift_conditions:filter_factory
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
max_manifest_segments = {MAX_PARTS}
max_manifest_size = 16777216
allow_async_delete = false
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
"""


def storage_conf(folder: Path, server: str, port: int) -> str:
    """Return NAME.conf of the account, container or object server."""
    update = f"container_update_timeout = {PATIENCE}\n" if server == "object" else ""
    return f"""{_common(folder, port)}
devices = {folder / "devices"}
mount_check = false
disable_fallocate = true
[pipeline:main]
pipeline = {server}-server
[app:{server}-server]
use = egg:swift#{server}
node_timeout = {PATIENCE}
conn_timeout = 10
{update}recon_lock_path = {folder / "lock"}
recon_cache_path = {folder / "lock"}
"""


def _common(folder: Path, port: int) -> str:
    return f"""[DEFAULT]
bind_ip = {LOOPBACK}
bind_port = {port}
workers = 0
swift_dir = {folder / "etc"}
log_name = s3
log_level = WARNING
log_address = /dev/null
log_custom_handlers = tools.stack.stores.swift_node.log_to_stderr"""
