"""Grants that a backend signs itself: accepted like those of the service, and never as a token for login."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import jwt
import pytest

from longshore.grants import TYPE, sign_grant
from service.db.models import Grant
from service.values.access.caller import Scope
from tests.support.login import login, sends
from tests.support.matchers import failure
from tests.support.service.grants import (
    GRANTS,
    UNKNOWN_ID,
    USERS,
    browser,
    grant,
    refused,
    shown,
    signed,
)
from tests.support.service.identity_provider import SECRET, shared
from tests.support.service.outcomes import outcome
from tests.support.service_under_test import FILE, App


def test_a_grant_signed_by_a_backend_allows_its_uploads(shop: App) -> None:
    ann = login(shop, "ann", Scope.UPLOAD)
    user = ann.client.post(USERS, json={"name": "Ada"}).json["data"]["id"]
    made = signed(shop, count=2, max_size=5, content_types=["text/*"], detail={"order": 7}, user_id=user, iat=1)
    page = browser(shop, made)
    assert shop.client.get(GRANTS + made["grant_id"]).status_code == 404, "not before its first use"
    opened = page.send()
    file = page.post("/upload/complete/", **page.completion(opened)).json["data"]
    assert (file["detail"], file["user_id"], file["grant_id"]) == ({"order": 7}, user, made["grant_id"])
    found = shown(shop, made)
    assert (found["subject"], found["count"], found["used"], found["created_by"]) == ("ann", 2, 1, None)
    assert page.post("/upload/init/", size=6).json["rule"] == "max_size"
    page.init(size=5)
    assert outcome(page.post("/upload/init/", size=5)) == refused("used_up")


def test_ten_concurrent_browsers_start_no_more_than_count_uploads(shop: App) -> None:
    made = signed(shop, count=3)
    pages = [browser(shop, made) for _ in range(10)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda page: page.post("/upload/init/", size=5).status_code, pages))
    assert sorted(answers) == [200] * 3 + [403] * 7


def test_a_signed_grant_needs_a_user_of_its_subject(shop: App) -> None:
    user = login(shop, "bob").client.post(USERS, json={"name": "Ada"}).json["data"]["id"]
    page = browser(shop, signed(shop, user_id=user))
    answer = page.post("/upload/complete/", **page.completion(page.send()))
    assert outcome(answer) == (422, failure("invalid_body", "[user_id] no user has this id"))


def test_a_signed_grant_is_revoked_before_its_first_use(shop: App) -> None:
    made = signed(shop)
    assert shop.client.delete(GRANTS + made["grant_id"]).json["data"]["state"] == "revoked"
    assert outcome(browser(shop, made).post("/upload/init/", size=5)) == refused("revoked")


def test_a_signed_grant_expires(shop: App) -> None:
    made = signed(shop)
    shop.clock.forward(600)
    page = browser(shop, made)
    for answer in (page.post("/upload/init/", size=5), page.status(UNKNOWN_ID)):
        assert outcome(answer) == refused("expired")
    assert shop.count(Grant) == 0


WRONG_CLAIMS: dict[str, tuple[dict[str, Any], str]] = {
    "no id": ({"jti": None}, "[jti] is missing"),
    "no uuid": ({"jti": "order-7"}, "[jti] must be a lowercase UUID"),
    "no subject": ({"sub": None}, "[sub] is missing"),
    "no end": ({"exp": None}, "[exp] is missing"),
    "an end in text": ({"exp": "tomorrow"}, "[exp] must be a whole number from 0 to 8589934592"),
    "too long": ({"exp": 2**32}, "[exp] is more than 31 days from now"),
    "a misspelled limit": ({"max_sise": 5}, "[max_sise] is not a claim of a grant"),
    "a credential": ({"credential": {"pin": "1"}}, "[credential] is not a claim of a grant"),
    "a wrong subject": (
        {"sub": "ann "},
        "[sub] must be 1 to 255 visible characters without leading or trailing spaces",
    ),
    "no text": ({"sub": 7}, "[sub] must be text"),
    "a count in text": ({"count": "7"}, "[count] must be a whole number from 1 to 10000"),
    "a count of true": ({"count": True}, "[count] must be a whole number from 1 to 10000"),
    "no list": ({"content_types": "image/png"}, "[content_types] must be a list of 1 to 100 types"),
    "no type": (
        {"content_types": ["png"]},
        "[content_types] contains 'png', which is not a type such as image/png or image/*",
    ),
    "no object": ({"detail": []}, "[detail] must be an object"),
    "half a character": (
        {"detail": {"a": "\ud800"}},
        "[detail] contains half a surrogate pair, which is no text",
    ),
    "an endless number": (
        {"detail": {"a": float("inf")}},
        "[detail] Contains a number that does not fit into a 64-bit float.",
    ),
    "a policy of spaces": ({"policy": " "}, "[policy] is not the name of a policy"),
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
def test_the_error_of_an_invalid_signed_grant_names_the_claim(shop: App, name: str) -> None:
    changes, line = WRONG_CLAIMS[name]
    page = browser(shop, signed(shop, **changes))
    assert outcome(page.post("/upload/init/", size=5)) == refused("invalid", line)
    assert shop.count(Grant) == 0


def test_a_signed_grant_of_an_unknown_policy_is_refused(shop: App) -> None:
    line = "[policy] there is no policy 'nothing'; the policies are avatars, contracts, default"
    answer = browser(shop, signed(shop, policy="nothing")).post("/upload/init/", size=5)
    assert outcome(answer) == (422, failure("invalid_body", line))


def test_a_signed_grant_with_the_id_of_another_is_refused(shop: App) -> None:
    made = signed(shop, detail={"order": 7})
    browser(shop, made).init(size=5)
    other = signed(shop, jti=made["grant_id"], detail={"order": 8})
    of_the_service = signed(shop, jti=grant(shop)["grant_id"])
    line = "[jti] belongs to another grant; make a new one for each"
    for each in (other, of_the_service):
        assert outcome(browser(shop, each).post("/upload/init/", size=5)) == refused("invalid", line)


def forged(shop: App) -> dict[str, str]:
    good = grant(shop)["token"]
    head, body, signature = good.split(".")
    claims = {"jti": str(uuid4()), "sub": "ann", "exp": int(datetime.now(UTC).timestamp()) + 600}
    typed = {"typ": TYPE}
    return {
        "another secret": signed(shop, "x" * 32)["token"],
        "the plain SECRET_KEY": signed(shop, shop.deps.settings.secret_key)["token"],
        "no signature": f"{head}.{body}.",
        "no algorithm": jwt.encode(claims, None, "none", headers=typed),
        "another algorithm": jwt.encode(claims, SECRET * 2, "HS512", headers=typed),
        "another body": f"{head}.{signed(shop)['token'].split('.')[1]}.{signature}",
        "an unknown grant of ours": f"{head}.{body}.{signature}".replace(body, body[:-2] + "AA"),
    }


def test_forged_grants_are_refused(shop: App) -> None:
    for name, token in forged(shop).items():
        answer = sends(shop, f"Bearer {token}").post("/upload/init/", size=5)
        assert outcome(answer) == (401, failure("token_refused")), name


def test_a_login_token_is_no_grant_and_a_grant_no_login_token(shop: App) -> None:
    claims = {"jti": str(uuid4()), "sub": "ann", "exp": int(shop.clock().timestamp()) + 600}
    untyped = jwt.encode(claims, SECRET, "HS256")
    assert sends(shop, f"Bearer {untyped}").post("/upload/init/", size=5).status_code == 401
    everything = signed(shop, iss="https://login.example/", aud="longshore", scope="admin")
    line = "[iss] is not a claim of a grant"
    answer = sends(shop, f"Bearer {everything['token']}").client.get(f"{FILE}/all")
    assert (answer.status_code, answer.json["code"]) == (403, "grant_refused")
    assert answer.json["errors"][0] in {line, "[aud] is not a claim of a grant", "[scope] is not a claim of a grant"}
    assert sends(shop, f"Bearer {shared()}").post("/upload/init/", size=5).status_code == 401, "no verifier here"


def test_signed_grants_are_refused_without_a_shared_secret(shop: App) -> None:
    made = signed(shop)
    bare = shop.with_settings(jwt_secret="")
    assert browser(bare, made).post("/upload/init/", size=5).json == failure("token_refused")
    ours = login(bare, "shop", Scope.GRANT)
    assert ours.client.delete(GRANTS + made["grant_id"]).status_code == 404


def test_grants_survive_a_rotation_of_the_secrets(shop: App) -> None:
    ours, own = grant(shop, credential={"pin": "1"}), signed(shop)
    old = shop.deps.settings
    turned = shop.with_settings(
        secret_key="another-secret-of-credentials",
        secret_key_previous=(old.secret_key,),
        jwt_secret="y" * 32,
        jwt_secret_previous=(SECRET,),
    )
    for made in (ours, own):
        page = browser(turned, made)
        opened = page.send()
        assert page.post("/upload/complete/", **page.completion(opened)).status_code == 200


def test_sign_grant_signs_a_grant_that_the_service_accepts(shop: App) -> None:
    shop.clock.now = datetime.now(UTC)
    made = sign_grant(
        SECRET, subject="ann", expires_in=60, count=2, max_size=5, content_types=("text/plain",), detail={"order": 7}
    )
    assert jwt.get_unverified_header(made.token) == {"alg": "HS256", "typ": TYPE}
    page = sends(shop, f"Bearer {made.token}")
    page.init(size=5, content_type="text/plain")
    found = shown(shop, {"grant_id": made.grant_id})
    assert (found["expires_at"], found["detail"], found["count"]) == (made.expires_at, {"order": 7}, 2)
    assert made.token not in repr(made)
    with pytest.raises(ValueError, match="less than 32 characters"):
        sign_grant("short", subject="ann", expires_in=60)
