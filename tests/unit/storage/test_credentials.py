"""Storage's key from a role: found when it is needed, renewed by botocore, and never promised beyond its end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.credentials import Credentials as ChainCredentials
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError
from botocore.loaders import JSONFileLoader

from service.deps import make_presigner
from service.errors import StorageUnavailableError
from service.observability.logs import TextFormatter
from service.settings import Settings
from service.storage.client import make_client, read_descriptions
from service.storage.credentials import PAUSE, Role, storage_credentials
from service.storage.presign import Credentials, Presigner
from service.storage.s3 import Storage
from service.values import PartToSign
from tests.support.fakes import FakeClock
from tests.support.service_under_test import make_settings
from tests.support.storage.presigning import AT, NOW, botocores_part_url, part_url, presigner
from tests.support.storage.role import NO_UPLOAD_KEY, ROLE, RoleEndpoint, in_seconds, key
from tools.survey.surveyed import SurveyedStore

DAY = 24 * 3600


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, s3_public_endpoint_url="https://storage.example", **ROLE)


def signer(settings: Settings) -> Presigner:
    return make_presigner(settings, settings.s3_public_endpoint_url, lambda: NOW)


def test_a_key_of_the_settings_has_no_expiry(tmp_path: Path) -> None:
    assert storage_credentials(make_settings(tmp_path))() == Credentials("access", "secret-of-storage")


def test_urls_are_signed_with_the_renewed_key(settings: Settings, role: RoleEndpoint) -> None:
    role.key = first = key("FIRST", 12 * 60)
    signs = signer(settings)
    assert part_url(signs) == botocores_part_url(first, NOW)
    role.key = second = key("SECOND")
    assert [part_url(signs) for _ in range(2)] == [botocores_part_url(second, NOW)] * 2
    calls = role.calls
    part_url(signs)
    assert role.calls == calls


def test_clients_and_presigners_have_the_same_key(settings: Settings, role: RoleEndpoint) -> None:
    client = make_client(settings, "https://storage.example")
    assert role.calls == 0
    given = client.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
    query = parse_qs(urlsplit(given).query)
    assert (query["X-Amz-Credential"][0].split("/")[0], query["X-Amz-Security-Token"]) == (
        role.key.access_key,
        [role.key.session_token],
    )
    assert storage_credentials(settings)() == role.key
    assert role.calls == 1


def test_clients_do_not_read_descriptions_again(settings: Settings, role: RoleEndpoint) -> None:
    """gunicorn's first process reads them, whatever the key, for the processes that it starts."""
    read_descriptions()
    with patch.object(JSONFileLoader, "load_file") as read:
        make_client(settings, "https://storage.example")
    assert (read.mock_calls, role.calls) == ([], 0)


@pytest.mark.parametrize(("left", "wanted", "given"), [(100, 99, 99), (100, 100, 100), (100, 101, 100), (0, 60, 1)])
def test_a_url_expires_no_later_than_its_key(left: int, wanted: int, given: int) -> None:
    temporary = Credentials("ASIA", "secret", "token", NOW + timedelta(seconds=left))
    signed = presigner(key=temporary).sign_download(AT, "inline", "text/plain", wanted)
    assert parse_qs(urlsplit(signed.url).query)["X-Amz-Expires"] == [str(given)]
    assert signed.expires_at == NOW + timedelta(seconds=given)


def test_a_key_in_environment_variables_has_no_expiry(settings: Settings, no_role: pytest.MonkeyPatch) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        no_role.setenv(f"AWS_{name}", name)
    assert storage_credentials(settings)() == Credentials("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")


def test_a_profile_is_accepted(settings: Settings, no_role: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[longshore]\naws_access_key_id = a\naws_secret_access_key = b\n")
    no_role.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    no_role.setenv("AWS_PROFILE", "longshore")
    assert storage_credentials(settings)() == Credentials("a", "b")


UPLOAD_KEY = {"s3_upload_access_key": "UPLOADS", "s3_upload_secret_key": "secret-of-uploads"}


def test_an_upload_key_signs_parts_and_nothing_else(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, s3_public_endpoint_url="https://storage.example", **UPLOAD_KEY)
    signs = signer(settings)
    assert part_url(signs) == botocores_part_url(Credentials("UPLOADS", "secret-of-uploads"), NOW)
    own = presigner(key=Credentials("access", "secret-of-storage"))
    assert signs.sign_download(AT, "inline", "text/plain", 60) == own.sign_download(AT, "inline", "text/plain", 60)


def test_an_upload_key_has_no_expiry_with_a_role(settings: Settings, role: RoleEndpoint) -> None:
    """Parts need no answer of the role's provider, and their URLs live for the requested time."""
    role.key = replace(role.key, expires_at=NOW + timedelta(seconds=30))
    role.status = 500
    signs = signer(replace(settings, **UPLOAD_KEY))
    signed = signs.sign_parts(AT, "id", [PartToSign(1, 5)], 3600)
    assert signed.urls == [botocores_part_url(Credentials("UPLOADS", "secret-of-uploads"), NOW, 3600)]
    assert signed.expires_at == NOW + timedelta(seconds=3600)
    with pytest.raises(StorageUnavailableError):
        signs.sign_download(AT, "inline", "text/plain", 60)


@pytest.mark.parametrize(
    ("upload_key", "guessed"), [(NO_UPLOAD_KEY, "s3_secret_key"), (UPLOAD_KEY, "s3_upload_secret_key")]
)
def test_the_survey_guesses_the_key_that_signs_parts(tmp_path: Path, upload_key: dict[str, str], guessed: str) -> None:
    settings = make_settings(tmp_path, **upload_key)
    surveyed = SurveyedStore(settings, client=None, storage=None)  # type: ignore[arg-type]
    changed: dict[str, Any] = {guessed: "a-guess"}
    assert surveyed.with_secret("a-guess").settings == replace(settings, **changed)


# what fails


def refuses(role: RoleEndpoint, patch: pytest.MonkeyPatch) -> None:
    role.status = 403


def returns_nothing_useful(role: RoleEndpoint, patch: pytest.MonkeyPatch) -> None:
    role.body = b"<html>"


def leaves_something_out(role: RoleEndpoint, patch: pytest.MonkeyPatch) -> None:
    role.body = b'{"AccessKeyId": "a", "SecretAccessKey": "b"}'


def gives_an_old_one(role: RoleEndpoint, patch: pytest.MonkeyPatch) -> None:
    role.key = key("OLD", -60)


def is_not_there(role: RoleEndpoint, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/")


def is_no_address_of_amazons(role: RoleEndpoint, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/")


def does_not_know_us(role: RoleEndpoint, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "anothers")


def has_no_token_to_show(role: RoleEndpoint, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere/token")


def was_never_set_up(role: RoleEndpoint, patch: pytest.MonkeyPatch) -> None:
    patch.delenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")


def is_half_of_one(role: RoleEndpoint, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AWS_ACCESS_KEY_ID", "half")


Fails = Callable[[RoleEndpoint, pytest.MonkeyPatch], None]
FAILURES: dict[Fails, str] = {
    refuses: "Received non 200 response 403",
    returns_nothing_useful: "Unable to parse JSON",
    leaves_something_out: "KeyError: 'Token'",
    gives_an_old_one: "still expired",
    is_not_there: "Could not connect",
    is_no_address_of_amazons: "Unsupported host",
    does_not_know_us: "Received non 200 response 401",
    has_no_token_to_show: "No such file",
    was_never_set_up: "Unable to locate credentials",
    is_half_of_one: "missing: AWS_SECRET_ACCESS_KEY",
}


@pytest.mark.parametrize("fails", FAILURES)
def test_a_role_without_a_key_makes_storage_unavailable(
    settings: Settings, role: RoleEndpoint, no_role: pytest.MonkeyPatch, fails: Fails
) -> None:
    fails(role, no_role)
    storage = Storage(make_client(settings, "http://127.0.0.1:9"))
    with pytest.raises(StorageUnavailableError) as signing:
        part_url(signer(settings))
    with pytest.raises(StorageUnavailableError) as calling:
        storage.ping("bucket")
    for caught in (signing, calling):
        message = str(caught.value.__cause__)
        assert message.startswith("Error when retrieving credentials from S3_CREDENTIALS=aws: ")
        assert FAILURES[fails] in message


def test_a_missing_provider_is_tried_again_after_a_pause() -> None:
    """A failed provider is not tried again at once: callers would wait in a queue for one that hangs."""
    clock = FakeClock()
    looks: list[ChainCredentials | None] = [None, ChainCredentials("a", "b")]
    role = Role(lambda: looks.pop(0), lambda: clock.now.timestamp())
    for _ in range(3):
        with pytest.raises(CredentialRetrievalError, match="Unable to locate credentials"):
            role.get_frozen_credentials()
    assert len(looks) == 1
    clock.forward(PAUSE)
    assert [role.get_frozen_credentials().access_key for _ in range(2)] == ["a", "a"]
    assert looks == []


def test_a_missing_provider_does_not_matter_while_the_key_is_valid(settings: Settings, role: RoleEndpoint) -> None:
    role.key = first = key("FIRST", 12 * 60)
    current = storage_credentials(settings)
    current()
    role.status = 500
    assert current() == first


def test_a_key_near_its_expiry_that_is_not_renewed_is_refused(settings: Settings, role: RoleEndpoint) -> None:
    """botocore insists on another one. A provider that gives the same again is believed, to the last second."""
    role.key = last = key("LAST", 5 * 60)
    current = storage_credentials(settings)
    assert current() == last
    role.status = 500
    with pytest.raises(StorageUnavailableError):
        current()


def test_a_key_renewed_by_another_thread_has_its_own_expiry() -> None:
    """As if another thread renewed it between two reads."""
    old, new = in_seconds(12 * 60), in_seconds(DAY)

    class Renewed(RefreshableCredentials):
        def get_frozen_credentials(self):  # type: ignore[no-untyped-def]
            frozen = super().get_frozen_credentials()
            self._set_from_data({"access_key": "new", "secret_key": "s", "token": "t", "expiry_time": new.isoformat()})
            self._publish_refresh()
            return frozen

    chain = Renewed("old", "s", "t", old, refresh_using=None, method="test", advisory_timeout=60, mandatory_timeout=30)
    frozen, end = Role(lambda: chain).now()
    assert (frozen.access_key, end) == ("new", new)


def test_logs_and_errors_contain_no_secret(
    settings: Settings, role: RoleEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    role.key = key("FIRST", 5 * 60)
    current = storage_credentials(settings)
    current()
    role.status, role.body = 500, role.document()  # the worst possible answer
    with pytest.raises(StorageUnavailableError) as caught:
        current()
    written = [TextFormatter().format(record) for record in caplog.records]
    assert len(written) >= 2  # botocore's and ours
    output = "\n".join([*written, caught.value.message, str(caught.value.__cause__)])
    assert "storage_credentials_unavailable" in output
    assert [text for text in (role.key.secret_key, role.key.session_token) if text in output] == []


def test_the_text_of_credentials_contains_no_secret(settings: Settings, role: RoleEndpoint) -> None:
    assert role.key.session_token not in repr(storage_credentials(settings)())
