"""matches refused by hand."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table('fact_match_refusal',
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('statement_on', sa.Date(), nullable=True),
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('refused_on', sa.Date(), nullable=True),
    sa.Column('refused_by', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_reconciling_item', schema=None) as batch_op:
        batch_op.add_column(sa.Column('refused_no', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('refused_by', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('refusal_reason', sa.Text(), nullable=True))

