"""The launchers with the real programs."""

import socket
import struct
from contextlib import suppress

import boto3
import pytest
import redis
from botocore.config import Config
from botocore.exceptions import ClientError

from service.scanner.contents.unsearched import LEAD
from tools.stack.processes.ports import LOOPBACK
from tools.stack.pytest_parts import need
from tools.stack.servers.clamd import Clamd, eicar

LIMIT = 5 * 1024 * 1024


def s3_client(part, **changes):
    """boto3 on a storage part."""
    settings = part.env() | changes
    return boto3.client(
        "s3",
        endpoint_url=settings["S3_ENDPOINT_URL"],
        region_name=settings["S3_REGION"],
        aws_access_key_id=settings["S3_ACCESS_KEY"],
        aws_secret_access_key=settings["S3_SECRET_KEY"],
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


def scan(part, *pieces):
    """clamd's answer to a stream; it may hang up before it has all."""
    with socket.create_connection((LOOPBACK, part.port)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(b"zINSTREAM\0")
            for piece in pieces:
                connection.sendall(struct.pack("!I", len(piece)) + piece)
            connection.sendall(struct.pack("!I", 0))
        return connection.recv(4096).rstrip(b"\0").decode()


def test_redis_keeps_its_data_after_a_kill(redis_server):
    redis.Redis.from_url(redis_server.env()["REDIS_URL"]).set("longshore-test", "kept")
    with redis_server.down():
        assert not redis_server.is_ready()
    assert redis.Redis.from_url(redis_server.env()["REDIS_URL"]).getdel("longshore-test") == b"kept"


def test_an_open_multipart_upload_on_swift_survives_a_kill(swift_server):
    s3 = s3_client(swift_server)
    before = stored(swift_server)
    s3.create_bucket(Bucket="stack-test")
    where = {"Bucket": "stack-test", "Key": "file"}
    upload = where | {"UploadId": s3.create_multipart_upload(**where)["UploadId"]}
    first = s3.upload_part(**upload, PartNumber=1, Body=b"a" * LIMIT)["ETag"]
    with swift_server.down():
        assert not swift_server.is_ready()
    assert [part["ETag"] for part in s3.list_parts(**upload)["Parts"]] == [first]
    second = s3.upload_part(**upload, PartNumber=2, Body=b"b")["ETag"]
    parts = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": second}]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(**where)["Body"].read() == b"a" * LIMIT + b"b"
    s3.delete_object(**where)
    # The parts are deleted with the file.
    assert stored(swift_server) - before == set()


def test_swift_refuses_a_part_after_completion(swift_server):
    s3 = s3_client(swift_server)
    s3.create_bucket(Bucket="stack-late")
    where = {"Bucket": "stack-late", "Key": "file"}
    upload = where | {"UploadId": s3.create_multipart_upload(**where)["UploadId"]}
    parts = [{"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=b"first")["ETag"]}]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.upload_part(**upload, PartNumber=1, Body=b"later")
    assert s3.get_object(**where)["Body"].read() == b"first"
    s3.delete_object(**where)


def stored(swift_server):
    """Return the data files on Swift's disk."""
    return set((swift_server.folder / "devices").rglob("*.data"))


def test_swift_checks_signatures(swift_server):
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        s3_client(swift_server, S3_SECRET_KEY="another").list_buckets()


def test_clamd_finds_eicar(clamd_server):
    assert scan(clamd_server, b"harmless") == "stream: OK"
    assert scan(clamd_server, eicar()).endswith(" FOUND")


@pytest.fixture(scope="module")
def small_clamd(tmp_path_factory):
    """A clamd that reads LIMIT bytes and no more."""
    need("clamd")
    part = Clamd(tmp_path_factory.mktemp("clamd"), max_size=LIMIT)
    part.start()
    yield part
    part.stop()


@pytest.mark.parametrize("size", [LIMIT, LIMIT + len(LEAD)])
def test_clamd_reads_files_up_to_its_limit(small_clamd, size):
    assert scan(small_clamd, b"a" * size) == "stream: OK"
    assert scan(small_clamd, b"a" * (size - len(eicar())), eicar()).endswith(" FOUND")


def test_clamd_never_reports_ok_beyond_its_limit(small_clamd):
    assert "OK" not in scan(small_clamd, b"a" * (LIMIT + len(LEAD) + 1))


@pytest.mark.parametrize("name", ["mariadb", "mysql"])
def test_the_user_of_an_sql_server_can_create_databases(request, name):
    server = request.getfixturevalue(f"{name}_server")
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE longshore_stack")
        cursor.execute("DROP DATABASE longshore_stack")
        cursor.execute("SELECT @@character_set_database, @@bind_address")
        assert cursor.fetchone() == ("utf8mb4", LOOPBACK)


def test_mariadb_has_its_own_folder_for_temporary_tables(mariadb_server):
    """Another server that starts on the machine deletes them in a common one."""
    with mariadb_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@tmpdir")
        assert cursor.fetchone() == (str(mariadb_server.folder / "temporary"),)


def test_ceph_keeps_a_bucket_after_a_kill(ceph_server):
    s3_client(ceph_server).create_bucket(Bucket="stack-test")
    with ceph_server.down():
        assert not ceph_server.is_ready()
    assert "stack-test" in [bucket["Name"] for bucket in s3_client(ceph_server).list_buckets()["Buckets"]]
    s3_client(ceph_server).delete_bucket(Bucket="stack-test")


@pytest.fixture(params=["localstack_server", "ministack_server"])
def emulator(request):
    """Each of the stores that keep everything in memory."""
    return request.getfixturevalue(request.param)


def test_an_emulator_listens_on_loopback_only(emulator):
    # A server on all addresses would occupy this one too.
    with socket.create_server(("127.0.0.2", emulator.port)):
        assert emulator.is_ready()


def test_an_emulator_restarts_empty_with_a_working_key(emulator):
    s3_client(emulator).create_bucket(Bucket="stack-test")
    with emulator.down():
        assert not emulator.is_ready()
    assert s3_client(emulator).list_buckets()["Buckets"] == []


def test_localstack_keeps_its_objects_in_its_own_folder(localstack_server):
    s3_client(localstack_server).create_bucket(Bucket="stack-own")
    assert (localstack_server.folder / "objects" / "stack-own").exists()
    s3_client(localstack_server).delete_bucket(Bucket="stack-own")


def test_ministack_checks_signatures(ministack_server):
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        s3_client(ministack_server, S3_SECRET_KEY="another").list_buckets()
