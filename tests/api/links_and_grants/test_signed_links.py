"""Links that a backend signs itself with JWT_SECRET."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import jwt
import pytest

from longshore.grants import TYPE as GRANT_TYPE
from longshore.jws import encode
from longshore.links import TYPE, sign_link
from service.db.models import Link
from tests.support.documents import block_of
from tests.support.login import login, sends
from tests.support.matchers import A_TIME, A_URL, failure
from tests.support.service.identity_provider import SECRET
from tests.support.service.links import UNKNOWN_ID, ended, link, links_of, opened, shown, signed
from tests.support.service.outcomes import outcome
from tests.support.service_under_test import FILE, App

NOT_FOUND = (404, failure("link_not_found"))
GONE = (410, failure("file_gone"))
PASSWORD = "seven seas"


def test_a_signed_link_is_recorded_at_its_first_use(ann: App) -> None:
    file = ann.ready()
    made = signed(ann, file["id"], max_downloads=2, disposition="attachment")
    assert shown(ann, file["id"]) == []
    answer = opened(ann, made)
    assert (answer.status_code, answer.location, "attachment" in answer.location) == (302, A_URL, True)
    assert shown(ann, file["id"]) == [
        {
            "link_id": made["link_id"],
            "state": "active",
            "disposition": "attachment",
            "has_password": False,
            "max_downloads": 2,
            "downloads": 1,
            "last_used_at": A_TIME,
            "created_by": None,
            "created_at": A_TIME,
            "expires_at": "2026-01-02T03:14:05Z",
            "revoked_at": None,
        }
    ]


def test_ten_concurrent_clients_get_no_more_than_max_downloads(ann: App) -> None:
    made = signed(ann, ann.ready()["id"], max_downloads=3)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: opened(ann, made).status_code, range(10)))
    assert sorted(answers) == [302] * 3 + [410] * 7


def test_the_subject_must_own_the_file(ann: App) -> None:
    """A backend's key opens no file of a subject for which it does not sign."""
    file, theirs = ann.ready(), login(ann, "bob").ready()
    for made in (signed(ann, theirs["id"]), signed(ann, file["id"], sub="bob"), signed(ann, UNKNOWN_ID)):
        assert outcome(opened(ann, made)) == (404, failure("file_not_found"))
    assert opened(ann, signed(ann, theirs["id"], sub="bob")).status_code == 302
    assert ann.count(Link) == 1
    unowned = ann.with_settings(login="off")
    assert opened(unowned, signed(ann, unowned.ready()["id"])).status_code == 302


def test_a_signed_link_cannot_open_a_private_or_unready_file(ann: App) -> None:
    private = ann.ready(credential={"pin": "1"})
    line = "[file_id] the file is private: create the link with its credential instead"
    assert outcome(opened(ann, signed(ann, private["id"]))) == (403, failure("link_invalid", line))
    assert outcome(opened(ann, signed(ann, ann.upload()["id"]))) == (409, failure("file_not_ready"))
    assert outcome(opened(ann, signed(ann, ann.init(size=5)["file_id"]))) == (409, failure("file_not_ready"))


def test_a_signed_link_to_a_deleted_file_returns_410(ann: App) -> None:
    file = ann.ready()
    used, unused = signed(ann, file["id"]), signed(ann, file["id"])
    foreign = signed(ann, file["id"], sub="bob")
    opened(ann, used)
    ann.client.delete(f"{FILE}/{file['id']}")
    assert [outcome(opened(ann, each)) for each in (used, unused)] == [GONE] * 2
    assert outcome(opened(ann, foreign)) == (404, failure("file_not_found"))


def test_a_signed_link_is_revoked_before_its_first_use(ann: App) -> None:
    file = ann.ready()
    made = signed(ann, file["id"])
    assert ann.client.delete(links_of(file["id"], made["link_id"])).json["data"]["state"] == "revoked"
    assert outcome(opened(ann, made)) == ended("revoked")
    # another subject with the id of this one ends it for no file but its own
    mine, bob = signed(ann, file["id"]), login(ann, "bob")
    assert bob.client.delete(links_of(bob.ready()["id"], mine["link_id"])).status_code == 200
    assert opened(ann, mine).status_code == 302


def test_a_signed_link_expires(ann: App) -> None:
    made = signed(ann, ann.ready()["id"])
    ann.clock.forward(600)
    assert outcome(opened(ann, made)) == ended("expired")
    assert ann.count(Link) == 0


def test_a_signed_link_with_a_password_opens_only_with_it(ann: App) -> None:
    file = ann.ready()
    made = signed(ann, file["id"], guarded_by=PASSWORD, max_downloads=1)
    wrong = (403, failure("wrong_password"))
    assert [outcome(opened(ann, made, headers=header)) for header in ({}, {"X-Link-Password": "x"})] == [wrong] * 2
    assert shown(ann, file["id"]) == [], "nothing is counted"
    turned = ann.with_settings(jwt_secret="y" * 32, jwt_secret_previous=(SECRET,))
    assert opened(turned, made, headers={"X-Link-Password": PASSWORD}).status_code == 302
    assert PASSWORD not in made["url"]


WRONG_CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "no uuid": ({"jti": "order-7"}, "[jti] must be a lowercase UUID"),
    "no subject": ({"sub": None}, "[sub] is missing"),
    "no file": ({"file_id": None}, "[file_id] is missing"),
    "no end": ({"exp": None}, "[exp] is missing"),
    "too long": ({"exp": 2**32}, "[exp] is more than 366 days from now"),
    "a misspelled limit": ({"max_download": 5}, "[max_download] is not a claim of a link"),
    "a password in clear": ({"password": "seven seas"}, "[password] is not a claim of a link"),
    "a short digest": ({"password_digest": "abc"}, "[password_digest] is not an HMAC-SHA256 in base64url"),
    "no downloads": ({"max_downloads": 0}, "[max_downloads] must be a whole number from 1 to 1000000"),
    "another disposition": ({"disposition": "other"}, "[disposition] must be one of inline, attachment"),
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
def test_the_error_of_an_invalid_signed_link_names_the_claim(ann: App, name: str) -> None:
    changes, line = WRONG_CLAIMS[name]
    assert outcome(opened(ann, signed(ann, UNKNOWN_ID, **changes))) == (403, failure("link_invalid", line))
    assert ann.count(Link) == 0


def test_a_signed_link_with_the_id_of_another_is_refused(ann: App) -> None:
    file = ann.ready()
    made = signed(ann, file["id"], max_downloads=1)
    opened(ann, made)
    line = "[jti] belongs to another link; make a new one for each"
    of_service = link(ann, file["id"])
    for link_id in (made["link_id"], of_service["link_id"]):
        wider = signed(ann, file["id"], jti=link_id)
        assert outcome(opened(ann, wider)) == (403, failure("link_invalid", line))


def test_forged_links_are_not_found(ann: App) -> None:
    file = ann.ready()
    good = signed(ann, file["id"])["url"].rpartition("/")[2]
    head, body, signature = good.split(".")
    claims = {"jti": str(uuid4()), "sub": "ann", "exp": int(ann.clock().timestamp()) + 600, "file_id": file["id"]}
    forged = {
        "another secret": signed(ann, file["id"], secret="x" * 32)["url"].rpartition("/")[2],
        "no signature": f"{head}.{body}.",
        "no algorithm": jwt.encode(claims, None, "none", headers={"typ": TYPE}),
        "another algorithm": jwt.encode(claims, SECRET * 2, "HS512", headers={"typ": TYPE}),
        "another body": f"{head}.{signed(ann, file['id'])['url'].rpartition('/')[2].split('.')[1]}.{signature}",
        "a grant": encode(GRANT_TYPE, claims, SECRET.encode()),
        "a token for login": jwt.encode(claims, SECRET, "HS256"),
        "too long": f"{head}.{body}.{signature}" + "A" * 4096,
    }
    for name, token in forged.items():
        assert outcome(ann.client.get(f"/api/v1/links/{token}")) == NOT_FOUND, name
    bare = ann.with_settings(jwt_secret="")
    assert outcome(opened(bare, signed(ann, file["id"]))) == NOT_FOUND


def test_a_link_is_refused_as_a_login_token(ann: App) -> None:
    made = signed(ann, ann.ready()["id"], iss="https://login.example/", aud="longshore")
    token = made["url"].rpartition("/")[2]
    assert sends(ann, f"Bearer {token}").client.get(f"{FILE}/all").status_code == 401


def test_the_documented_python_code_signs_a_link(ann: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", SECRET)
    ann.clock.now = datetime.now(UTC)
    names: dict[str, Any] = {"file_id": ann.ready()["id"]}
    exec(block_of("a link signed in Python"), names)
    assert opened(ann, {"url": names["link"].url}, headers={"X-Link-Password": PASSWORD}).status_code == 302


def test_sign_link_signs_a_link_that_the_service_accepts(ann: App) -> None:
    ann.clock.now = datetime.now(UTC)
    file = ann.ready()
    made = sign_link(
        *(SECRET,),
        service_url="https://files.example/",
        file_id=file["id"],
        subject="ann",
        expires_in=60,
        max_downloads=2,
        password="Ka\u0308se",
        disposition="attachment",
    )
    assert made.url.startswith("https://files.example/api/v1/links/eyJ")
    assert opened(ann, {"url": made.url}, "POST", json={"password": "Käse"}).status_code == 303
    [found] = shown(ann, file["id"])
    assert (found["link_id"], found["expires_at"], found["has_password"]) == (made.link_id, made.expires_at, True)
    assert made.url not in repr(made)
    with pytest.raises(ValueError, match="less than 32 characters"):
        sign_link("short", service_url="", file_id=file["id"], subject="ann", expires_in=60)
