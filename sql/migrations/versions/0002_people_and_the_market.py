"""people and the market."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table('fact_assessment_event',
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('happened_on', sa.Date(), nullable=True),
    sa.Column('rubric_item', sa.Text(), nullable=True),
    sa.Column('line', sa.BigInteger(), nullable=True),
    sa.Column('points', sa.BigInteger(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_assessment_event', schema=None) as batch_op:
        batch_op.create_index('fact_assessment_event_period', ['period'], unique=False)

    op.create_table('fact_attendance',
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('day', sa.Date(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_attendance', schema=None) as batch_op:
        batch_op.create_index('fact_attendance_period', ['period'], unique=False)

    op.create_table('fact_complaint',
    sa.Column('complaint_no', sa.Text(), nullable=True),
    sa.Column('raised_on', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('category', sa.Text(), nullable=True),
    sa.Column('severity', sa.Text(), nullable=True),
    sa.Column('resolved_on', sa.Date(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('customer_kind', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_complaint', schema=None) as batch_op:
        batch_op.create_index('fact_complaint_period', ['period'], unique=False)

    op.create_table('fact_diary',
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('day', sa.Date(), nullable=True),
    sa.Column('line', sa.BigInteger(), nullable=True),
    sa.Column('work_done', sa.Text(), nullable=True),
    sa.Column('plan_tomorrow', sa.Text(), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.Column('solution', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_diary', schema=None) as batch_op:
        batch_op.create_index('fact_diary_period', ['period'], unique=False)

    op.create_table('fact_lost_deal',
    sa.Column('lost_on', sa.Date(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('line', sa.BigInteger(), nullable=True),
    sa.Column('customer', sa.Text(), nullable=True),
    sa.Column('competitor', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_lost_deal', schema=None) as batch_op:
        batch_op.create_index('fact_lost_deal_period', ['period'], unique=False)

    op.create_table('fact_market_signal',
    sa.Column('seen_on', sa.Date(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('line', sa.BigInteger(), nullable=True),
    sa.Column('competitor', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_market_signal', schema=None) as batch_op:
        batch_op.create_index('fact_market_signal_period', ['period'], unique=False)

    op.create_table('fact_survey_answer',
    sa.Column('survey', sa.Text(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('dimension', sa.Text(), nullable=True),
    sa.Column('score', sa.BigInteger(), nullable=True),
    sa.Column('answered_on', sa.Date(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('customer_kind', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_survey_answer', schema=None) as batch_op:
        batch_op.create_index('fact_survey_answer_period', ['period'], unique=False)

    op.create_table('fact_target_customer',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('contact', sa.Text(), nullable=True),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('potential', sa.BigInteger(), nullable=True),
    sa.Column('products', sa.Text(), nullable=True),
    sa.Column('competitor', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('next_step', sa.Text(), nullable=True),
    sa.Column('expected_on', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('closing_period', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True)
    )
    op.create_table('fact_training',
    sa.Column('held_on', sa.Date(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('topic', sa.Text(), nullable=True),
    sa.Column('trainer', sa.Text(), nullable=True),
    sa.Column('attendees', sa.BigInteger(), nullable=True),
    sa.Column('recorded', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_training', schema=None) as batch_op:
        batch_op.create_index('fact_training_period', ['period'], unique=False)

    op.create_table('fact_work_plan',
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('line', sa.BigInteger(), nullable=True),
    sa.Column('stage', sa.Text(), nullable=True),
    sa.Column('item', sa.Text(), nullable=True),
    sa.Column('planned_on', sa.Date(), nullable=True),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('result', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('closing_period', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True)
    )
    op.create_table('fact_work_report',
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('summary', sa.Text(), nullable=True),
    sa.Column('plan', sa.Text(), nullable=True),
    sa.Column('proposal', sa.Text(), nullable=True),
    sa.Column('problems', sa.Text(), nullable=True),
    sa.Column('support', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('closing_period', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True)
    )
    # Made anew, so that the columns stand where the contract has them.
    with op.batch_alter_table('fact_visit', schema=None, recreate='always') as batch_op:
        batch_op.add_column(sa.Column('order_qty', sa.BigInteger(), nullable=True), insert_after='order_amount')
        batch_op.add_column(sa.Column('products', sa.Text(), nullable=True), insert_after='order_qty')
        batch_op.add_column(sa.Column('products_wanted', sa.Text(), nullable=True), insert_after='products')
        batch_op.add_column(sa.Column('previous_sales', sa.BigInteger(), nullable=True), insert_after='products_wanted')
        batch_op.add_column(sa.Column('recent_orders', sa.Text(), nullable=True), insert_after='previous_sales')
        batch_op.add_column(sa.Column('phone', sa.Text(), nullable=True), insert_after='new_product_offered')
        batch_op.add_column(sa.Column('address', sa.Text(), nullable=True), insert_after='phone')
        batch_op.add_column(sa.Column('region_code', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('department', sa.Text(), nullable=True))
