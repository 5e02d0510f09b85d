"""Headers of the files of the interface; settings import this, so it knows no Django."""

from wsgiref.headers import Headers

POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
)
"""Holds for a script that runs as a worker, and for a picture that is opened by itself."""


def add_headers(headers: Headers, path: str, url: str) -> None:
    """For WhiteNoise: what annotate.middleware sets on pages, as far as it says something of a file."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Content-Security-Policy"] = "; ".join(POLICY)
