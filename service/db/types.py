"""Column types that mean the same on SQLite and on MySQL/MariaDB."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import JSON, BigInteger, DateTime, Integer, LargeBinary, String
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from service.limits import MAX_NAME_LENGTH


class UTCDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC with microseconds; neither database stores a time zone, so a naive one is refused."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored; add a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def ascii_text(length: int) -> TypeEngine[str]:
    """Machine-made text (ids, keys, hashes): one byte per character, compared byte for byte."""
    exact = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return String(length).with_variant(exact, "mysql", "mariadb")


def human_text(length: int) -> TypeEngine[str]:
    """Text that people wrote, any character of Unicode."""
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return String(length).with_variant(exact, "mysql", "mariadb")


class ExternalText(TypeDecorator[str]):
    """Text that other parts made (storage's errors, a scanner's signature names): of any length and any characters.

    Longer text is cut when it is written, so that callers need not do it.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        return dialect.type_descriptor(human_text(self.length).dialect_impl(dialect))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        # half a surrogate pair has no encoding; Python makes them from bytes that are not UTF-8
        whole = value.encode(errors="replace").decode()
        return whole if len(whole) <= self.length else f"{whole[: self.length - 1]}…"


ID = ascii_text(36)
SUBJECT = human_text(MAX_NAME_LENGTH)
"""The owner of a row, compared letter by letter."""
RowNumber = BigInteger().with_variant(Integer, "sqlite")
"""An automatic number; SQLite counts up only in a column that is exactly INTEGER."""
Json = JSON(none_as_null=True)
PACKED = LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")
"""Up to 16 MiB; a plain BLOB of MySQL ends at 64 KiB."""
