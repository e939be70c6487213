"""pay that was settled."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'


def upgrade() -> None:
    """From the revision before to this one."""
    with op.batch_alter_table('mart_pay_settlement', schema=None) as batch_op:
        batch_op.add_column(sa.Column('settled', sa.BigInteger(), nullable=True))

