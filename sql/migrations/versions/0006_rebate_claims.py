"""rebate claims."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table('fact_rebate_claim',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('dealer_code', sa.Text(), nullable=True),
    sa.Column('line', sa.BigInteger(), nullable=True),
    sa.Column('item', sa.Text(), nullable=True),
    sa.Column('basis', sa.BigInteger(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
