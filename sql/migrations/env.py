"""What Alembic runs for every migration. The connection, its transaction and the tables wanted are ``pipelines.publish.migrations``'."""

from alembic import context

given = context.config.attributes
context.configure(
    connection=given["connection"], target_metadata=given["tables"], include_object=given["include_object"], compare_type=True,
    transactional_ddl=True, render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
