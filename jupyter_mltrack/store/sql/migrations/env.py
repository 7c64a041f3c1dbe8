"""Runs the migrations on the connection :func:`jupyter_mltrack.store.sql.schema.upgrade` gives."""

from alembic import context

from jupyter_mltrack.store.sql.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
