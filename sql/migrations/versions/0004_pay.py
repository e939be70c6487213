"""pay."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table('fact_credit_split',
    sa.Column('split_no', sa.Text(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('share', sa.BigInteger(), nullable=True),
    sa.Column('approved_by', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_pay_adjustment',
    sa.Column('adjustment_no', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('approved_by', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('mart_pay_item',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('item_no', sa.BigInteger(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('what', sa.Text(), nullable=True),
    sa.Column('for_period', sa.Text(), nullable=True),
    sa.Column('days', sa.BigInteger(), nullable=True),
    sa.Column('of_days', sa.BigInteger(), nullable=True),
    sa.Column('base', sa.BigInteger(), nullable=True),
    sa.Column('rate', sa.BigInteger(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('cause', sa.Text(), nullable=True),
    sa.Column('approved_by', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_pay_item', schema=None) as batch_op:
        batch_op.create_index('mart_pay_item_period', ['period'], unique=False)

    op.create_table('mart_pay_late',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('in_period', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('dated_on', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=True),
    sa.Column('split_no', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('before', sa.BigInteger(), nullable=True),
    sa.Column('now', sa.BigInteger(), nullable=True),
    sa.Column('difference', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_pay_late', schema=None) as batch_op:
        batch_op.create_index('mart_pay_late_period', ['period'], unique=False)

    op.create_table('mart_pay_line',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('in_period', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('dated_on', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('whole', sa.BigInteger(), nullable=True),
    sa.Column('split_no', sa.Text(), nullable=True),
    sa.Column('share', sa.BigInteger(), nullable=True),
    sa.Column('achieved', sa.BigInteger(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('rate', sa.BigInteger(), nullable=True),
    sa.Column('commission', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_pay_line', schema=None) as batch_op:
        batch_op.create_index('mart_pay_line_period', ['period'], unique=False)

    op.create_table('mart_pay_month',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('in_period', sa.Text(), nullable=True),
    sa.Column('plan', sa.Text(), nullable=True),
    sa.Column('base_kind', sa.Text(), nullable=True),
    sa.Column('achieved', sa.BigInteger(), nullable=True),
    sa.Column('target', sa.BigInteger(), nullable=True),
    sa.Column('attainment', sa.Double(), nullable=True),
    sa.Column('unplanned', sa.BigInteger(), nullable=True),
    sa.Column('base', sa.BigInteger(), nullable=True),
    sa.Column('rate', sa.BigInteger(), nullable=True),
    sa.Column('earned', sa.BigInteger(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('paid_in', sa.Text(), nullable=True),
    sa.Column('threshold', sa.BigInteger(), nullable=True),
    sa.Column('missing', sa.BigInteger(), nullable=True),
    sa.Column('step_missing', sa.BigInteger(), nullable=True),
    sa.Column('year_rate', sa.BigInteger(), nullable=True),
    sa.Column('year_amount', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_pay_month', schema=None) as batch_op:
        batch_op.create_index('mart_pay_month_period', ['period'], unique=False)

    op.create_table('mart_pay_plan',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('plan', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('rules', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_pay_plan', schema=None) as batch_op:
        batch_op.create_index('mart_pay_plan_period', ['period'], unique=False)

    op.create_table('mart_pay_quarter',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('quarter', sa.Text(), nullable=True),
    sa.Column('complete', sa.BigInteger(), nullable=True),
    sa.Column('actual', sa.BigInteger(), nullable=True),
    sa.Column('target', sa.BigInteger(), nullable=True),
    sa.Column('attainment', sa.Double(), nullable=True),
    sa.Column('next_pay', sa.BigInteger(), nullable=True),
    sa.Column('missing', sa.BigInteger(), nullable=True),
    sa.Column('outlets', sa.BigInteger(), nullable=True),
    sa.Column('outlets_target', sa.BigInteger(), nullable=True),
    sa.Column('complaint_rate', sa.Double(), nullable=True),
    sa.Column('verdict', sa.Text(), nullable=True),
    sa.Column('open_points', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_pay_quarter', schema=None) as batch_op:
        batch_op.create_index('mart_pay_quarter_period', ['period'], unique=False)

    op.create_table('mart_pay_settlement',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('role', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('region_name', sa.Text(), nullable=True),
    sa.Column('pay_grade', sa.Text(), nullable=True),
    sa.Column('trainee', sa.BigInteger(), nullable=True),
    sa.Column('plan', sa.Text(), nullable=True),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.Column('fixed', sa.BigInteger(), nullable=True),
    sa.Column('commission', sa.BigInteger(), nullable=True),
    sa.Column('holdback', sa.BigInteger(), nullable=True),
    sa.Column('release', sa.BigInteger(), nullable=True),
    sa.Column('year_settlement', sa.BigInteger(), nullable=True),
    sa.Column('late', sa.BigInteger(), nullable=True),
    sa.Column('manual', sa.BigInteger(), nullable=True),
    sa.Column('claim_brought', sa.BigInteger(), nullable=True),
    sa.Column('claim_carried', sa.BigInteger(), nullable=True),
    sa.Column('payable', sa.BigInteger(), nullable=True),
    sa.Column('held_balance', sa.BigInteger(), nullable=True),
    sa.Column('waiting', sa.BigInteger(), nullable=True),
    sa.Column('lapsed', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_pay_settlement', schema=None) as batch_op:
        batch_op.create_index('mart_pay_settlement_period', ['period'], unique=False)

    op.create_table('mart_pay_unpaid',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('dated_on', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('split_no', sa.Text(), nullable=True),
    sa.Column('achieved', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_pay_unpaid', schema=None) as batch_op:
        batch_op.create_index('mart_pay_unpaid_period', ['period'], unique=False)

    op.create_table('mart_pay_year',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('base_kind', sa.Text(), nullable=True),
    sa.Column('achieved', sa.BigInteger(), nullable=True),
    sa.Column('target', sa.BigInteger(), nullable=True),
    sa.Column('target_year', sa.BigInteger(), nullable=True),
    sa.Column('attainment', sa.Double(), nullable=True),
    sa.Column('band_rate', sa.BigInteger(), nullable=True),
    sa.Column('next_attainment', sa.BigInteger(), nullable=True),
    sa.Column('next_missing', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_pay_year', schema=None) as batch_op:
        batch_op.create_index('mart_pay_year_period', ['period'], unique=False)

