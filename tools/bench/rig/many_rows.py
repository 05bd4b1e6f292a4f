"""Fill a MariaDB database with millions of files, which the server makes itself.

A file has its completed upload, and for every ten files there is an open upload. In an empty table and without checks,
InnoDB sorts the rows once for each index, which is many times as fast as inserting them one after another.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import md5

from service.values.states import UploadState, Verdict
from tools.stack.servers.mariadb import MariaDb

FILES_OF_A_USER = 100
FILES_OF_AN_OPEN_UPLOAD = 10
CHUNK_SIZE = 16 * 2**20


def numbered(kind: str, number: int) -> str:
    """Return the id of a row: of a `user`, `file`, `upload` (completed) or `open` (upload)."""
    text = md5(f"{kind} {number}".encode(), usedforsecurity=False).hexdigest()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def open_uploads(files: int) -> int:
    """Return how many open uploads a database with so many files has."""
    return max(1, files // FILES_OF_AN_OPEN_UPLOAD)


def fill(server: MariaDb, database: str, files: int, now: datetime) -> None:
    """Fill the empty tables of a database; every second before `now` has a file."""
    with server.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("SET unique_checks = 0, foreign_key_checks = 0")
        for statement in (_users(files), _uploads(files), _files(files)):
            # one statement for a table: only the first one finds it empty
            cursor.execute(statement, {"now": now.replace(tzinfo=None)})
            connection.commit()


def _id(kind: str, number: str = "seq") -> str:
    """Return the SQL of `numbered`; kind and number are SQL, too."""
    text = f"MD5(CONCAT({kind}, ' ', {number}))"
    for dash_at in (9, 14, 19, 24):
        text = f"INSERT({text}, {dash_at}, 0, '-')"
    return text


def _users(files: int) -> str:
    last = -(-files // FILES_OF_A_USER) - 1
    return f"""
        INSERT INTO users (id, name, created_at)
        SELECT {_id("'user'")}, CONCAT('User ', seq), %(now)s FROM seq_0_to_{last}
    """  # noqa: S608 - only constants, here and below


def _uploads(files: int) -> str:
    return f"""
        INSERT INTO uploads (id, file_id, object_key, storage_upload_id, state, filename, content_type, size,
            chunk_size, created_at, expires_at)
        SELECT {_id("kind")}, {_id("IF(kind = 'open', 'none', 'file')")}, {_id("CONCAT(kind, ' object')")},
            'MDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAw',
            IF(kind = 'open', '{UploadState.UPLOADING}', '{UploadState.COMPLETED}'), CONCAT('file ', seq, '.bin'),
            'application/octet-stream', 5, {CHUNK_SIZE}, %(now)s - INTERVAL seq SECOND, %(now)s + INTERVAL 1 DAY
        FROM (SELECT seq, 'upload' AS kind FROM seq_0_to_{files - 1} UNION ALL
              SELECT seq, 'open' AS kind FROM seq_0_to_{open_uploads(files) - 1}) AS numbers
    """  # noqa: S608


def _files(files: int) -> str:
    return f"""
        INSERT INTO files (id, upload_id, bucket, object_key, filename, name_key, content_type, size, total_chunks,
            etag, user_id, virus_scan_status, virus_scan_date, scan_attempts, created_at)
        SELECT {_id("'file'")}, {_id("'upload'")}, 'longshore-public', {_id("'upload object'")},
            CONCAT('file ', seq, '.bin'), CONCAT('file ', seq, '.bin'), 'application/octet-stream', 5, 1,
            {_id("'etag'")}, {_id("'user'", f"seq DIV {FILES_OF_A_USER}")}, '{Verdict.CLEAN}', %(now)s, 1,
            %(now)s - INTERVAL seq SECOND
        FROM seq_0_to_{files - 1}
    """  # noqa: S608
