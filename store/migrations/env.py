"""Runs migrations on the connection that `store.engine.migrate` hands over, in its transaction."""

from alembic import context

from store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
