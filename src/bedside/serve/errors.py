"""Errors as OpenAI's clients expect them: `{"error": {message, type, param, code}}` with a status."""

from __future__ import annotations

from collections.abc import Mapping

from bedside.llm.protocol import Cause, Failure

__all__ = ["ApiError", "body_of", "of_failure"]

KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "invalid_request_error",
    429: "rate_limit_error",
}
# The status, and the code, of what a model or an endpoint behind could not do.
FAILURES: dict[Cause, tuple[int, str | None]] = {
    "context length": (400, "context_length_exceeded"),
    "refused": (400, None),
    "content filter": (400, "content_filter"),
    "rate limit": (503, "overloaded"),
    "timeout": (504, "timeout"),
}


class ApiError(Exception):
    """What the client gets instead of an answer."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.param, self.code, self.headers = (
            status,
            message,
            param,
            code,
            dict(headers or {}),
        )


def body_of(error: ApiError) -> dict[str, dict[str, str | None]]:
    """The body in OpenAI's shape."""
    kind = KINDS.get(error.status, "invalid_request_error" if error.status < 500 else "server_error")
    return {"error": {"message": error.message, "type": kind, "param": error.param, "code": error.code}}


def of_failure(failure: Failure) -> ApiError:
    """What a client is told of a request that a model failed."""
    status, code = FAILURES.get(failure.cause, (502, None))
    headers = {"Retry-After": "1"} if status == 503 else {}
    return ApiError(status, str(failure), code=code, headers=headers)
