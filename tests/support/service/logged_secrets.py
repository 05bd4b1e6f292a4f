"""Secrets that no log may contain, and settings that contain some."""

from __future__ import annotations

SIGNATURE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PRESIGNED = f"http://s3:9000/b/k?X-Amz-Credential=AKIASECRET%2F20260101&X-Amz-Signature={SIGNATURE}"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWl0"
API_KEY = "lsk_0123456789ab_" + "c0ffee" * 10
HOOK = "whsec_plJ3nmyCDGBKInavdOK15jsl"
LINK = "lsl_q3u7Zx0dKc5wQm2nRb8yTfVh1sJg6pEa9LkUoXiWrDc"
PIN = "1234-pin"
KNOWN = {
    "S3_SECRET_KEY": "wJalr/XUtn+FEMI",
    "S3_UPLOAD_ACCESS_KEY": "uploads",
    "S3_UPLOAD_SECRET_KEY": "secret-of-uploads",
    "DATABASE_URL": "mysql+pymysql://harbour:pa%40ssword@db/longshore",
    "REDIS_URL": "redis://:redis-password@queue:6379/0",
    "S3_REGION": "not-a-secret",
    "S3_ACCESS_KEY": "longshore",
    "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret-of-aws",
    "AWS_SESSION_TOKEN": "token-of-aws",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "token-of-the-pod",
}
SECRETS = (
    *(SIGNATURE, "AKIASECRET", "wJalr/XUtn+FEMI", "wJalr%2FXUtn%2BFEMI", "pa%40ssword", "pa@ssword", "redis-password"),
    *(JWT, API_KEY, HOOK, LINK, "hunter22", PIN),
)
