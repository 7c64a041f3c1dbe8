"""How every handler reads a request, answers it and fails; errors become answers only here."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

import msgspec
from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError

from jupyter_mltrack.entities.views import ErrorView
from jupyter_mltrack.errors import HTTP_STATUS, InvalidParameterValue, MltrackException
from jupyter_mltrack.server.backend import SETTING, Backend

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store

P = ParamSpec("P")
T = TypeVar("T")

MAX_BODY_BYTES: Final = 1 << 20
"""Size of the largest body we decode; nothing the panel sends comes near."""

_CODES: Final = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "ENDPOINT_NOT_FOUND",
    429: "REQUEST_LIMIT_EXCEEDED",
}
"""Error codes of what the server itself refuses; other 4xx are INVALID_PARAMETER_VALUE."""


class PanelHandler(APIHandler):
    """Base of the handlers.

    Subclasses decorate every verb with ``authenticated`` and ``authorized``, in this order.
    """

    auth_resource = "mltrack"

    async def prepare(self) -> None:  # type: ignore[override]
        """Refuse strangers before anything else, even for verbs a handler does not have."""
        await super().prepare()
        if self.current_user is None and self.request.method != "OPTIONS":
            raise HTTPError(403, "Give the server's token.")

    @property
    def backend(self) -> Backend:
        """The store and its threads."""
        backend: Backend = self.settings[SETTING]
        return backend

    async def call(
        self,
        function: "Callable[Concatenate[Store, P], T]",
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Call ``function(store, ...)`` off the event loop."""
        return await self.backend.call(function, *args, **kwargs)

    def answer(self, view: Any) -> None:
        """Finish with ``view`` as JSON."""
        self.finish(msgspec.json.encode(view))

    def decode(self, body_type: type[T]) -> T:
        """Read the body.

        Raises
        ------
        InvalidParameterValue
            The body is too large, is no JSON, or is not of the type.
        """
        body = self.request.body
        if len(body) > MAX_BODY_BYTES:
            raise HTTPError(413, f"The body has {len(body)} bytes; send at most {MAX_BODY_BYTES}.")
        try:
            return msgspec.json.decode(body, type=body_type)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            message = f"The body of this request is not what it takes: {error}."
            raise InvalidParameterValue(message) from None

    def read_int(self, name: str, default: int, low: int, high: int) -> int:
        """Read a whole number from the query; raise InvalidParameterValue outside the bounds."""
        text = self.get_query_argument(name, "")
        if not text:
            return default
        # int() would take "1_0" and other scripts' digits, and a megabyte of them takes long.
        if text.lstrip("-").isdecimal() and text.isascii() and len(text) < 20:
            number = int(text)
            if low <= number <= high:
                return number
        raise InvalidParameterValue(
            f"{name} is {text[:40]!r}; give a whole number from {low} to {high}."
        )

    def read_choice(self, name: str, choices: Mapping[str, T]) -> T:
        """Read one of a few words from the query, the first when absent, as what it stands for."""
        word = self.get_query_argument(name, "") or next(iter(choices))
        if word not in choices:
            raise InvalidParameterValue(f"{name} is {word[:40]!r}; use {', '.join(choices)}.")
        return choices[word]

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with an ErrorView; Tornado calls this for whatever a handler raises."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        status, view = to_error_view(error, status_code)
        self.set_status(status)
        self.answer(view)

    def log_exception(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Log a refusal as a line; only what we did not foresee gets a traceback."""
        if isinstance(error, MltrackException):
            self.log.info("%s: %s", self.request.path, error.message)
        else:
            super().log_exception(kind, error, traceback)


def to_error_view(error: BaseException | None, status_code: int) -> tuple[int, ErrorView]:
    """Return the HTTP status and the body for an error."""
    if isinstance(error, MltrackException):
        status = HTTP_STATUS[error.error_code]
        return status, ErrorView(error_code=error.error_code, message=error.message)
    if isinstance(error, HTTPError):
        fallback = "INVALID_PARAMETER_VALUE" if error.status_code < 500 else "INTERNAL_ERROR"
        code = _CODES.get(error.status_code, fallback)
        message = error.log_message or error.reason or "The server refused this request."
        return error.status_code, ErrorView(error_code=code, message=message)
    message = "This request failed in the server; its log has the details."
    return status_code, ErrorView(error_code="INTERNAL_ERROR", message=message)
