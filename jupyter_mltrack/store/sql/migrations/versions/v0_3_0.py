"""Notebooks of their own, told from the paths they had."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "v0_3_0"
down_revision = "v0_2_0"
branch_labels = None
depends_on = None


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
