"""The page about storage contains the kept observations."""

import pytest

from tools.stack.stores.swift_parts import marker_of
from tools.survey.run import COLUMNS, main
from tools.survey.table import GROUPS, PAGE, kept, with_table
from tools.survey.words import refusal

PART = "/v1/AUTH_a/bucket+segments/key/with/slashes/upload-id/7"


def test_the_page_contains_the_table_of_kept_observations():
    page = PAGE.read_text()
    assert with_table(page, kept(COLUMNS)) == page


def test_every_kept_column_has_every_row():
    titles = [title for checks in GROUPS.values() for title in checks]
    columns = kept(COLUMNS)
    assert [list(column["observed"]) for column in columns] == [titles] * len(columns)
    assert [column["observed"]["the signed request"] for column in columns] == ["accepted"] * len(columns)


def test_an_unknown_store_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["atlantis"], {})
    assert "unknown store: atlantis" in capsys.readouterr().err


def test_keep_requires_a_given_store(capsys):
    for arguments, env in (
        (["--keep", "swift", "Swift"], {"S3_ENDPOINT_URL": "http://127.0.0.1:1"}),
        (["--keep", "garage", "Garage"], {}),
    ):
        with pytest.raises(SystemExit):
            main(arguments, env)
        assert "--keep needs S3_ENDPOINT_URL" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "word"), [(200, "**let through**"), (403, "refused"), (404, "refused"), (500, "error 500")]
)
def test_each_status_has_its_description(status, word):
    assert refusal(status) == word


def test_the_marker_of_a_part_is_its_upload():
    assert marker_of("PUT", PART) == PART.removesuffix("/7")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PART),
        ("PUT", PART.removesuffix("/7")),
        ("PUT", PART.replace("+segments", "")),
        ("PUT", "/v1/AUTH_a/bucket+segments"),
        ("PUT", "/v1/AUTH_a/bucket+segments/key/7"),
    ],
)
def test_other_requests_have_no_marker(method, path):
    assert marker_of(method, path) is None
