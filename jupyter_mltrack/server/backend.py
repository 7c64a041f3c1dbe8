"""What the handlers of one server share: the store, and threads to use it in."""

import asyncio
import functools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store

P = ParamSpec("P")
T = TypeVar("T")

SETTING: Final = "mltrack_backend"
"""Where the server's settings keep the backend."""

_THREADS: Final = 4


class Backend:
    """A store that is opened at first use, in a thread, because that loads a database library.

    An own pool and not the loop's: a slow store must not take the server's threads.
    """

    def __init__(self, store_uri: str) -> None:
        self.store_uri = store_uri
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="mltrack-server")
        self._lock = threading.Lock()
        self._store: Store | None = None

    async def call(
        self,
        function: "Callable[Concatenate[Store, P], T]",
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Call ``function(store, ...)`` in a thread and return what it returns."""
        job = functools.partial(self._run, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._pool, job)

    def close(self) -> None:
        """Let go of the store and the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        if self._store is not None:
            self._store.close()

    def _run(
        self,
        function: "Callable[Concatenate[Store, P], T]",
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        return function(self._open(), *args, **kwargs)

    def _open(self) -> "Store":
        from jupyter_mltrack.store import open_store

        with self._lock:
            if self._store is None:
                self._store = open_store(self.store_uri)
            return self._store
