"""Signatures as in Standard Webhooks (standardwebhooks.com), so that receivers need no code of ours."""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature_of(secret: str, delivery: str, timestamp: int, body: bytes) -> str:
    """Of ``<id>.<timestamp>.<body>``: whoever repeats an old delivery cannot give it a new time."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b"%b.%d.%b" % (delivery.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
