"""assessment."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table('mart_assessment',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('role', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('region_name', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('scheme', sa.Text(), nullable=True),
    sa.Column('scheme_from', sa.Date(), nullable=True),
    sa.Column('assessed_from', sa.Date(), nullable=True),
    sa.Column('assessed_to', sa.Date(), nullable=True),
    sa.Column('daily_work', sa.BigInteger(), nullable=True),
    sa.Column('attendance', sa.BigInteger(), nullable=True),
    sa.Column('score', sa.BigInteger(), nullable=True),
    sa.Column('assessed_maximum', sa.BigInteger(), nullable=True),
    sa.Column('days_absent', sa.BigInteger(), nullable=True),
    sa.Column('days_recorded', sa.BigInteger(), nullable=True),
    sa.Column('grade', sa.BigInteger(), nullable=True),
    sa.Column('to_next_grade', sa.BigInteger(), nullable=True),
    sa.Column('award', sa.BigInteger(), nullable=True),
    sa.Column('year_score', sa.BigInteger(), nullable=True),
    sa.Column('months_assessed', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_assessment', schema=None) as batch_op:
        batch_op.create_index('mart_assessment_period', ['period'], unique=False)

    op.create_table('mart_assessment_evidence',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('line', sa.BigInteger(), nullable=True),
    sa.Column('item', sa.Text(), nullable=True),
    sa.Column('cause', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('cover', sa.Text(), nullable=True),
    sa.Column('happened_on', sa.Date(), nullable=True),
    sa.Column('form', sa.Text(), nullable=True),
    sa.Column('document', sa.Text(), nullable=True),
    sa.Column('due', sa.Text(), nullable=True),
    sa.Column('arrived', sa.Text(), nullable=True),
    sa.Column('measured', sa.BigInteger(), nullable=True),
    sa.Column('wanted', sa.BigInteger(), nullable=True),
    sa.Column('doubled', sa.BigInteger(), nullable=True),
    sa.Column('deduction', sa.BigInteger(), nullable=True),
    sa.Column('points', sa.BigInteger(), nullable=True),
    sa.Column('about', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('cell', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_assessment_evidence', schema=None) as batch_op:
        batch_op.create_index('mart_assessment_evidence_period', ['period'], unique=False)

    op.create_table('mart_assessment_item',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('scheme', sa.Text(), nullable=True),
    sa.Column('item_no', sa.BigInteger(), nullable=True),
    sa.Column('block', sa.Text(), nullable=True),
    sa.Column('item', sa.Text(), nullable=True),
    sa.Column('maximum', sa.BigInteger(), nullable=True),
    sa.Column('points', sa.BigInteger(), nullable=True),
    sa.Column('lost', sa.BigInteger(), nullable=True),
    sa.Column('weeks', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_assessment_item', schema=None) as batch_op:
        batch_op.create_index('mart_assessment_item_period', ['period'], unique=False)

    op.create_table('mart_assessment_month',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('month', sa.Text(), nullable=True),
    sa.Column('scheme', sa.Text(), nullable=True),
    sa.Column('daily_work', sa.BigInteger(), nullable=True),
    sa.Column('attendance', sa.BigInteger(), nullable=True),
    sa.Column('score', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_assessment_month', schema=None) as batch_op:
        batch_op.create_index('mart_assessment_month_period', ['period'], unique=False)

