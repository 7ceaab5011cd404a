"""Run by Alembic itself, to be told where Optuna's tables are; the scripts are Optuna's own."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
