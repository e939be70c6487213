"""what is loaded."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table('closebook_loaded',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('digest', sa.Text(), nullable=True)
    )
