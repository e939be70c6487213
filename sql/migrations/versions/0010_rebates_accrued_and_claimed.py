"""rebates accrued and claimed."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table('mart_rebates',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('dealer_code', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('programme', sa.Text(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('base', sa.BigInteger(), nullable=True),
    sa.Column('base_claimed', sa.BigInteger(), nullable=True),
    sa.Column('accrued', sa.BigInteger(), nullable=True),
    sa.Column('claimed', sa.BigInteger(), nullable=True),
    sa.Column('difference', sa.BigInteger(), nullable=True),
    sa.Column('by_base', sa.BigInteger(), nullable=True),
    sa.Column('by_rate', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_rebates', schema=None) as batch_op:
        batch_op.create_index('mart_rebates_period', ['period'], unique=False)

