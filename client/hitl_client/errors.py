"""What can go wrong."""

from typing import Any

import httpx


class ApiError(Exception):
    """The server refused; nothing was changed. ``code`` is for programs, ``detail`` for people."""

    def __init__(self, status: int, code: str, detail: str, request_id: str, problem: dict[str, Any]) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.request_id = request_id
        self.problem = problem

    def __str__(self) -> str:
        fields = "; ".join(
            f"{each['field']}: {each['message']}" if each.get("field") else str(each.get("message", ""))
            for each in self.problem.get("errors", ())
        )
        text = f"{self.detail} ({fields})" if fields else self.detail
        return f"{text} [{self.status} {self.code}, reference {self.request_id}]"


class Unreachable(Exception):
    """The server could not be reached, or did not answer, however often it was tried."""


def error_of(response: httpx.Response) -> ApiError:
    """Of an answer that is a problem by RFC 9457, or of whatever else a proxy on the way has said."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    detail = str(problem.get("detail") or response.reason_phrase or "the server gave no reason")
    request_id = str(problem.get("request_id") or response.headers.get("X-Request-ID", "-"))
    return ApiError(response.status_code, str(problem.get("code", "")), detail, request_id, problem)
