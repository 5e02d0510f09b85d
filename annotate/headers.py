"""Headers of answers and of the files of the interface; settings import this, so it knows no Django."""

from wsgiref.headers import Headers

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
FILE_POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
)
"""Holds for a script that runs as a worker, and for a picture that is opened by itself."""


def add_headers(headers: Headers, path: str, url: str) -> None:
    """For WhiteNoise: what says something of a file."""
    for name, value in EVERYWHERE.items():
        headers[name] = value
    headers["Content-Security-Policy"] = "; ".join(FILE_POLICY)
