"""salespeople, activity and the market."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table('fact_market_size',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('product_line', sa.Text(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('mart_activity',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('span', sa.Text(), nullable=True),
    sa.Column('cover', sa.Text(), nullable=True),
    sa.Column('start', sa.Date(), nullable=True),
    sa.Column('end', sa.Date(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('region_name', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('visits_planned', sa.BigInteger(), nullable=True),
    sa.Column('visits', sa.BigInteger(), nullable=True),
    sa.Column('new_visits', sa.BigInteger(), nullable=True),
    sa.Column('return_visits', sa.BigInteger(), nullable=True),
    sa.Column('key_account_visits', sa.BigInteger(), nullable=True),
    sa.Column('key_account_target', sa.BigInteger(), nullable=True),
    sa.Column('customers', sa.BigInteger(), nullable=True),
    sa.Column('customers_visited', sa.BigInteger(), nullable=True),
    sa.Column('coverage', sa.Double(), nullable=True),
    sa.Column('succeeded', sa.BigInteger(), nullable=True),
    sa.Column('strike_rate', sa.Double(), nullable=True),
    sa.Column('order_amount', sa.BigInteger(), nullable=True),
    sa.Column('order_value', sa.BigInteger(), nullable=True),
    sa.Column('lines_per_order', sa.Double(), nullable=True),
    sa.Column('display_rate', sa.Double(), nullable=True),
    sa.Column('new_product_rate', sa.Double(), nullable=True),
    sa.Column('plan_items', sa.BigInteger(), nullable=True),
    sa.Column('plan_done', sa.BigInteger(), nullable=True),
    sa.Column('execution', sa.Double(), nullable=True),
    sa.Column('working_days', sa.BigInteger(), nullable=True),
    sa.Column('days_recorded', sa.BigInteger(), nullable=True),
    sa.Column('days_without_record', sa.BigInteger(), nullable=True),
    sa.Column('days_copied', sa.BigInteger(), nullable=True),
    sa.Column('days_absent_visited', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_activity', schema=None) as batch_op:
        batch_op.create_index('mart_activity_period', ['period'], unique=False)

    op.create_table('mart_activity_days',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('day', sa.Date(), nullable=True),
    sa.Column('week', sa.Text(), nullable=True),
    sa.Column('is_working_day', sa.BigInteger(), nullable=True),
    sa.Column('attendance', sa.Text(), nullable=True),
    sa.Column('visits', sa.BigInteger(), nullable=True),
    sa.Column('succeeded', sa.BigInteger(), nullable=True),
    sa.Column('order_amount', sa.BigInteger(), nullable=True),
    sa.Column('copied_from', sa.Date(), nullable=True),
    sa.Column('state', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_activity_days', schema=None) as batch_op:
        batch_op.create_index('mart_activity_days_period', ['period'], unique=False)

    op.create_table('mart_channels',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('customer_kind', sa.Text(), nullable=True),
    sa.Column('net_amount', sa.BigInteger(), nullable=True),
    sa.Column('net_amount_py', sa.BigInteger(), nullable=True),
    sa.Column('growth', sa.Double(), nullable=True),
    sa.Column('share', sa.Double(), nullable=True),
    sa.Column('gross_margin', sa.BigInteger(), nullable=True),
    sa.Column('margin_rate', sa.Double(), nullable=True),
    sa.Column('customers', sa.BigInteger(), nullable=True),
    sa.Column('visits', sa.BigInteger(), nullable=True),
    sa.Column('conversion', sa.Double(), nullable=True),
    sa.Column('satisfaction', sa.Double(), nullable=True),
    sa.Column('ytd_net_amount', sa.BigInteger(), nullable=True),
    sa.Column('ytd_net_amount_py', sa.BigInteger(), nullable=True),
    sa.Column('ytd_growth', sa.Double(), nullable=True)
    )
    with op.batch_alter_table('mart_channels', schema=None) as batch_op:
        batch_op.create_index('mart_channels_period', ['period'], unique=False)

    op.create_table('mart_complaints',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('complaints', sa.BigInteger(), nullable=True),
    sa.Column('resolved', sa.BigInteger(), nullable=True),
    sa.Column('open', sa.BigInteger(), nullable=True),
    sa.Column('mean_days', sa.Double(), nullable=True),
    sa.Column('invoices', sa.BigInteger(), nullable=True),
    sa.Column('rate', sa.Double(), nullable=True),
    sa.Column('limit', sa.Double(), nullable=True),
    sa.Column('before', sa.BigInteger(), nullable=True),
    sa.Column('ytd', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_complaints', schema=None) as batch_op:
        batch_op.create_index('mart_complaints_period', ['period'], unique=False)

    op.create_table('mart_deals',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('span', sa.Text(), nullable=True),
    sa.Column('cover', sa.Text(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('won_as', sa.Text(), nullable=True),
    sa.Column('won', sa.BigInteger(), nullable=True),
    sa.Column('won_amount', sa.BigInteger(), nullable=True),
    sa.Column('lost', sa.BigInteger(), nullable=True),
    sa.Column('lost_amount', sa.BigInteger(), nullable=True),
    sa.Column('win_rate', sa.Double(), nullable=True),
    sa.Column('share_lost', sa.Double(), nullable=True),
    sa.Column('ytd_lost', sa.BigInteger(), nullable=True),
    sa.Column('ytd_lost_amount', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_deals', schema=None) as batch_op:
        batch_op.create_index('mart_deals_period', ['period'], unique=False)

    op.create_table('mart_market_share',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('key2', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('label2', sa.Text(), nullable=True),
    sa.Column('market', sa.BigInteger(), nullable=True),
    sa.Column('net_amount', sa.BigInteger(), nullable=True),
    sa.Column('share', sa.Double(), nullable=True),
    sa.Column('market_py', sa.BigInteger(), nullable=True),
    sa.Column('net_amount_py', sa.BigInteger(), nullable=True),
    sa.Column('share_py', sa.Double(), nullable=True),
    sa.Column('share_change', sa.Double(), nullable=True),
    sa.Column('market_growth', sa.Double(), nullable=True),
    sa.Column('own_growth', sa.Double(), nullable=True)
    )
    with op.batch_alter_table('mart_market_share', schema=None) as batch_op:
        batch_op.create_index('mart_market_share_period', ['period'], unique=False)

    op.create_table('mart_market_signals',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('span', sa.Text(), nullable=True),
    sa.Column('cover', sa.Text(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('signals', sa.BigInteger(), nullable=True),
    sa.Column('before', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_market_signals', schema=None) as batch_op:
        batch_op.create_index('mart_market_signals_period', ['period'], unique=False)

    op.create_table('mart_product_mix',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('net_amount', sa.BigInteger(), nullable=True),
    sa.Column('net_amount_py', sa.BigInteger(), nullable=True),
    sa.Column('qty', sa.BigInteger(), nullable=True),
    sa.Column('qty_py', sa.BigInteger(), nullable=True),
    sa.Column('share', sa.Double(), nullable=True),
    sa.Column('share_py', sa.Double(), nullable=True),
    sa.Column('share_change', sa.Double(), nullable=True),
    sa.Column('unit_revenue', sa.BigInteger(), nullable=True),
    sa.Column('unit_revenue_py', sa.BigInteger(), nullable=True),
    sa.Column('unit_margin', sa.BigInteger(), nullable=True),
    sa.Column('margin_rate', sa.Double(), nullable=True)
    )
    with op.batch_alter_table('mart_product_mix', schema=None) as batch_op:
        batch_op.create_index('mart_product_mix_period', ['period'], unique=False)

    op.create_table('mart_sales_weekly',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('cover', sa.Text(), nullable=True),
    sa.Column('start', sa.Date(), nullable=True),
    sa.Column('end', sa.Date(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('measure', sa.Text(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('key2', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('label2', sa.Text(), nullable=True),
    sa.Column('actual', sa.BigInteger(), nullable=True),
    sa.Column('pw', sa.BigInteger(), nullable=True),
    sa.Column('py', sa.BigInteger(), nullable=True),
    sa.Column('growth_wow', sa.Double(), nullable=True),
    sa.Column('growth_yoy', sa.Double(), nullable=True),
    sa.Column('to_date', sa.BigInteger(), nullable=True),
    sa.Column('plan', sa.BigInteger(), nullable=True),
    sa.Column('attainment', sa.Double(), nullable=True),
    sa.Column('time_progress', sa.Double(), nullable=True)
    )
    with op.batch_alter_table('mart_sales_weekly', schema=None) as batch_op:
        batch_op.create_index('mart_sales_weekly_period', ['period'], unique=False)

    op.create_table('mart_salesperson_indicators',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('region_name', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('qty_unit', sa.Text(), nullable=True),
    sa.Column('qty_plan', sa.BigInteger(), nullable=True),
    sa.Column('qty_actual', sa.BigInteger(), nullable=True),
    sa.Column('plan_completion', sa.Double(), nullable=True),
    sa.Column('net_amount', sa.BigInteger(), nullable=True),
    sa.Column('net_amount_py', sa.BigInteger(), nullable=True),
    sa.Column('sales_growth', sa.Double(), nullable=True),
    sa.Column('priced_amount', sa.BigInteger(), nullable=True),
    sa.Column('list_amount', sa.BigInteger(), nullable=True),
    sa.Column('price_maintenance', sa.Double(), nullable=True),
    sa.Column('expense', sa.BigInteger(), nullable=True),
    sa.Column('expense_ratio', sa.Double(), nullable=True),
    sa.Column('opening_overdue', sa.BigInteger(), nullable=True),
    sa.Column('recovered', sa.BigInteger(), nullable=True),
    sa.Column('overdue_recovery', sa.Double(), nullable=True),
    sa.Column('visits', sa.BigInteger(), nullable=True),
    sa.Column('visits_succeeded', sa.BigInteger(), nullable=True),
    sa.Column('visit_success', sa.Double(), nullable=True),
    sa.Column('complaints', sa.BigInteger(), nullable=True),
    sa.Column('active_customers', sa.BigInteger(), nullable=True),
    sa.Column('complaint_rate', sa.Double(), nullable=True),
    sa.Column('customers_at_start', sa.BigInteger(), nullable=True),
    sa.Column('new_customers', sa.BigInteger(), nullable=True),
    sa.Column('new_customers_plan', sa.BigInteger(), nullable=True),
    sa.Column('new_customer_rate', sa.Double(), nullable=True),
    sa.Column('new_customer_completion', sa.Double(), nullable=True),
    sa.Column('customers_kept', sa.BigInteger(), nullable=True),
    sa.Column('retention', sa.Double(), nullable=True)
    )
    with op.batch_alter_table('mart_salesperson_indicators', schema=None) as batch_op:
        batch_op.create_index('mart_salesperson_indicators_period', ['period'], unique=False)

    op.create_table('mart_satisfaction',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('survey', sa.Text(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('dimension', sa.Text(), nullable=True),
    sa.Column('answers', sa.BigInteger(), nullable=True),
    sa.Column('customers', sa.BigInteger(), nullable=True),
    sa.Column('score', sa.Double(), nullable=True),
    sa.Column('score_before', sa.Double(), nullable=True),
    sa.Column('change', sa.Double(), nullable=True)
    )
    with op.batch_alter_table('mart_satisfaction', schema=None) as batch_op:
        batch_op.create_index('mart_satisfaction_period', ['period'], unique=False)

    op.create_table('mart_week_series',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('cover', sa.Text(), nullable=True),
    sa.Column('start', sa.Date(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('measure', sa.Text(), nullable=True),
    sa.Column('actual', sa.BigInteger(), nullable=True),
    sa.Column('py', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_week_series', schema=None) as batch_op:
        batch_op.create_index('mart_week_series_period', ['period'], unique=False)

    op.create_table('mart_work_plan_execution',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('span', sa.Text(), nullable=True),
    sa.Column('cover', sa.Text(), nullable=True),
    sa.Column('start', sa.Date(), nullable=True),
    sa.Column('end', sa.Date(), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('region_name', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('planned', sa.BigInteger(), nullable=True),
    sa.Column('done', sa.BigInteger(), nullable=True),
    sa.Column('done_in_time', sa.BigInteger(), nullable=True),
    sa.Column('due', sa.BigInteger(), nullable=True),
    sa.Column('open', sa.BigInteger(), nullable=True),
    sa.Column('overdue', sa.BigInteger(), nullable=True),
    sa.Column('execution', sa.Double(), nullable=True)
    )
    with op.batch_alter_table('mart_work_plan_execution', schema=None) as batch_op:
        batch_op.create_index('mart_work_plan_execution_period', ['period'], unique=False)

