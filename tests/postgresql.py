"""A real PostgreSQL server of the tests' own, from the system's packages."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

USER = "mltrack"
START_SECONDS = 30


def find_binaries() -> Path:
    """The directory of the newest server's programs."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3])
    )
    on_path = shutil.which("postgres")
    assert found or on_path, "There is no PostgreSQL server here; get one with: make .make/database"
    return found[-1].parent if found else Path(on_path or "").resolve().parent


class Server:
    """A server on the loopback interface, with a directory of its own; stopped by :meth:`stop`."""

    def __init__(self, *settings: str) -> None:
        self.password = secrets.token_hex(8)
        self.port = _free_port()
        self._settings = settings
        # Below pytest's own directory nobody but its user may look.
        self.directory = Path(tempfile.mkdtemp(prefix="mltrack-postgresql-"))
        self._log = self.directory / "log"
        # The server refuses to run as root.
        self._user = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
        if self._user:
            shutil.chown(self.directory, **self._user)
        self._initialize()
        self.start()

    def uri(self, database: str = "postgres") -> str:
        """URI of a database of this server."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str, encoding: str = "UTF8") -> str:
        """Make an empty database, and return its URI."""
        # Of a language whose order is not that of code points, as most databases are.
        language = "LOCALE_PROVIDER icu ICU_LOCALE 'en-US'" if encoding == "UTF8" else ""
        self.execute(
            f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' {language} TEMPLATE template0"
        )
        return self.uri(name)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Execute one statement outside any transaction, and return its rows."""
        import psycopg

        with psycopg.connect(self.uri(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """Start it, and wait until it answers."""
        arguments = ["-D", self.directory / "data", "-p", str(self.port), "-k", self.directory]
        arguments += ["-h", "127.0.0.1", *(f"-c{setting}" for setting in self._settings)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [find_binaries() / "postgres", *arguments],
                stdout=log,
                stderr=log,
                cwd=self.directory,
                start_new_session=True,
                **self._user,
            )
        self._wait()

    def kill(self) -> None:
        """Kill all of it at once, as a loss of power to its machine's processes would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        # Its processes have process groups of their own; they end when they see it gone.
        deadline = time.monotonic() + START_SECONDS
        while _has_processes(self.directory) and time.monotonic() < deadline:
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop it and remove its directory."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(START_SECONDS)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _initialize(self) -> None:
        secret = self.directory / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)
        subprocess.run(
            [
                find_binaries() / "initdb",
                *("-D", self.directory / "data", "-U", USER, "-A", "scram-sha-256"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync", f"--pwfile={secret}"),
            ],
            check=True,
            capture_output=True,
            cwd=self.directory,
            **self._user,
        )

    def _wait(self) -> None:
        import psycopg

        deadline = time.monotonic() + START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.uri(), connect_timeout=2).close()
                return
            time.sleep(0.05)
        raise AssertionError(f"The server does not start: {self._log.read_text()}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _has_processes(directory: Path) -> bool:
    import psutil

    for process in psutil.process_iter(["cwd"]):
        if str(process.info["cwd"] or "").startswith(str(directory)):
            return True
    return False
