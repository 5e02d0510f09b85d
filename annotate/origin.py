"""Which pages may open our sockets: those of this very site, by scheme, host and port."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host


def is_own_origin(scope: dict[str, Any]) -> bool:
    """True when the handshake's one Origin header is the site itself or listed in SITE_ORIGINS.

    Channels' own validators compare the host alone, or are switched off by ALLOWED_HOSTS="*".
    """
    headers = [(name.lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    origins = [value for name, value in headers if name == b"origin"]
    hosts = [value for name, value in headers if name == b"host"]
    if len(origins) != 1 or len(hosts) != 1:
        return False
    if origins[0] in settings.SITE_ORIGINS:
        return True
    domain, _ = split_domain_port(hosts[0])
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    origin = urlsplit(origins[0])
    return bool(origin.scheme == _scheme(scope, headers) and origin.netloc.lower() == hosts[0].lower())


def _scheme(scope: dict[str, Any], headers: list[tuple[bytes, str]]) -> str:
    if settings.TLS:
        forwarded = [value for name, value in headers if name == b"x-forwarded-proto"]
        return forwarded[0] if len(forwarded) == 1 else ""
    return "https" if scope.get("scheme") in ("wss", "https") else "http"
