"""Notebooks of their own, told from the paths they had; cells without texts that they repeat."""

import json
import uuid
import zlib
from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from jupyter_mltrack.store.sql.tables.base import to_raw

revision = "v0_3_0"
down_revision = "v0_2_0"
branch_labels = None
depends_on = None

_AT_ONCE: Final = 1000
_REBUILT: Final = ("cell_executions", "revisions", "sources")


def _text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _id() -> sa.types.TypeEngine[str]:
    return sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")


def upgrade() -> None:
    notebooks = op.create_table(
        "notebooks",
        sa.Column("notebook_id", _id(), nullable=False),
        sa.Column("path", _text(), nullable=False),
        sa.Column("file", _text(), nullable=False),
        sa.Column("host", _text(), nullable=False),
        sa.Column("sketch", _text(), nullable=False),
        sa.Column("copied_from", _id(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("notebook_id", name=op.f("pk_notebooks")),
    )
    op.create_index("ix_notebooks_path", "notebooks", ["path"])
    op.create_index("ix_notebooks_file", "notebooks", ["file"])
    op.create_index("ix_notebooks_last_seen", "notebooks", ["last_seen"])
    op.create_table(
        "notebook_sessions",
        sa.Column("session_id", _id(), nullable=False),
        sa.Column("path", _text(), nullable=False),
        sa.Column("notebook_id", _id(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "path", name=op.f("pk_notebook_sessions")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_notebook_sessions_notebook_id", "notebook_sessions", ["notebook_id"])
    _name_known(notebooks)
    _Cells().rebuild()


def _name_known(notebooks: sa.Table) -> None:
    """What had one path until now was one notebook, as far as anybody knew."""
    connection = op.get_bind()
    seen = (
        "SELECT session_id, notebook_path AS path, start_time FROM sessions "
        "UNION ALL SELECT session_id, notebook_path, start_time FROM cell_executions"
    )
    rows = connection.execute(
        sa.text(
            f"SELECT path, min(start_time) AS first, max(start_time) AS last FROM ({seen}) AS seen "
            "WHERE path != '' GROUP BY path"
        )
    ).all()
    for path, first, last in rows:
        connection.execute(
            notebooks.insert().values(
                notebook_id=uuid.uuid4().hex,
                path=path,
                file="",
                host="",
                sketch="{}",
                copied_from="",
                first_seen=first,
                last_seen=last,
            )
        )
    connection.execute(
        sa.text(
            "INSERT INTO notebook_sessions (session_id, path, notebook_id) "
            f"SELECT DISTINCT seen.session_id, seen.path, notebooks.notebook_id FROM ({seen}) "
            "AS seen JOIN notebooks ON notebooks.path = seen.path"
        )
    )


class _Cells:
    """Cell executions, revisions and sources with numbers for the texts that they repeat."""

    def __init__(self) -> None:
        self._connection = op.get_bind()
        self._terms: dict[str, int] = {}
        self._sources: dict[str, int] = {}

    def rebuild(self) -> None:
        """Set the tables aside, make them anew, and fill them."""
        is_server = self._connection.dialect.name == "postgresql"
        for table in _REBUILT:
            op.execute(f"CREATE TABLE old_{table} AS SELECT * FROM {table}")
            op.execute(f"DROP TABLE {table}{' CASCADE' if is_server else ''}")
        terms, sources, revisions, cells = _create_tables()
        self._fill(sources, "sources", self._to_source)
        self._fill(revisions, "revisions", self._to_revision)
        self._fill(cells, "cell_executions", self._to_cell)
        rows = [{"id": key, "text": text} for text, key in self._terms.items()]
        for start in range(0, len(rows), _AT_ONCE):
            self._connection.execute(terms.insert(), rows[start : start + _AT_ONCE])
        for table in _REBUILT:
            op.drop_table(f"old_{table}")
        if is_server:
            for table in ("outputs", "runs"):
                op.create_foreign_key(
                    f"fk_{table}_execution", table, "cell_executions", ["execution"], ["id"]
                )

    def _fill(self, table: sa.Table, name: str, convert: Any) -> None:
        for rows in self._read(name):
            self._connection.execute(table.insert(), [convert(row) for row in rows])

    def _read(self, name: str) -> Iterator[Any]:
        order = "id" if name == "cell_executions" else "digest"
        query = sa.text(f"SELECT * FROM old_{name} ORDER BY {order}")
        result = self._connection.execute(query.execution_options(yield_per=_AT_ONCE))
        yield from result.mappings().partitions()

    def _term(self, text: str) -> int | None:
        return self._terms.setdefault(text, len(self._terms) + 1) if text else None

    def _to_source(self, row: Any) -> dict[str, Any]:
        key = self._sources[row["digest"]] = len(self._sources) + 1
        return {"id": key, "digest": to_raw(row["digest"][:32]), "text": row["text"]}

    def _to_revision(self, row: Any) -> dict[str, Any]:
        entries = json.loads(zlib.decompress(row["manifest"]))
        for entry in entries:
            entry[2] = self._sources.get(entry[2], 0)  # none has this number
        written = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
        return {
            "id": self._term(row["digest"]),
            "path": self._term(row["notebook_path"]),
            "layer": row["layer"],
            "language": row["language"],
            "manifest": zlib.compress(written, 6),
        }

    def _to_cell(self, row: Any) -> dict[str, Any]:
        same = ("id", "execution_count", "start_time", "end_time", "outcome", "error")
        return {name: row[name] for name in same} | {
            "execution_id": to_raw(row["execution_id"]),
            "session": self._term(row["session_id"]),
            "cell": self._term(row["cell_id"]),
            "source": self._sources[row["source"]],
            "revision": self._term(row["revision"]),
            "path": self._term(row["notebook_path"]),
        }


def _key() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", number, nullable=False, autoincrement=False)


def _create_tables() -> tuple[sa.Table, sa.Table, sa.Table, sa.Table]:
    terms = op.create_table(
        "terms",
        _key(),
        sa.Column("text", _text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("text", name=op.f("uq_terms_text")),
    )
    sources = op.create_table(
        "sources",
        _key(),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("text", _text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("digest", name=op.f("uq_sources_digest")),
    )
    revisions = op.create_table(
        "revisions",
        _key(),
        sa.Column("path", sa.BigInteger(), nullable=True),
        sa.Column("layer", _id(), nullable=False),
        sa.Column("language", _id(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
    )
    cells = op.create_table(
        "cell_executions",
        _key(),
        sa.Column("execution_id", sa.LargeBinary(), nullable=False),
        sa.Column("session", sa.BigInteger(), nullable=True),
        sa.Column("cell", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.BigInteger(), nullable=False),
        sa.Column("execution_count", sa.BigInteger(), nullable=True),
        sa.Column("start_time", sa.BigInteger(), nullable=False),
        sa.Column("end_time", sa.BigInteger(), nullable=True),
        sa.Column("outcome", _id(), nullable=False),
        sa.Column("error", _text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name=op.f("fk_cell_executions_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell_executions")),
        sa.UniqueConstraint("execution_id", name=op.f("uq_cell_executions_execution_id")),
    )
    op.create_index("ix_cell_executions_session", "cell_executions", ["session"])
    return terms, sources, revisions, cells
