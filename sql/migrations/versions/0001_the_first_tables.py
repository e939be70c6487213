"""the first tables."""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None


def upgrade() -> None:
    """From the revision before to this one."""
    op.create_table('closebook_view',
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('digest', sa.Text(), nullable=True)
    )
    op.create_table('fact_adjustment',
    sa.Column('adjustment_no', sa.Text(), nullable=True),
    sa.Column('dated_on', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('approved_by', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_adjustment', schema=None) as batch_op:
        batch_op.create_index('fact_adjustment_period', ['period'], unique=False)

    op.create_table('fact_code_change',
    sa.Column('table', sa.Text(), nullable=True),
    sa.Column('old', sa.Text(), nullable=True),
    sa.Column('new', sa.Text(), nullable=True),
    sa.Column('from', sa.Date(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_commentary',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('scope', sa.Text(), nullable=True),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('author', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_confirmation',
    sa.Column('slip_no', sa.Text(), nullable=True),
    sa.Column('stated_balance', sa.BigInteger(), nullable=True),
    sa.Column('result', sa.Text(), nullable=True),
    sa.Column('confirmed_balance', sa.BigInteger(), nullable=True),
    sa.Column('confirmed_by', sa.Text(), nullable=True),
    sa.Column('replied_on', sa.Date(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_confirmation_difference',
    sa.Column('slip_no', sa.Text(), nullable=True),
    sa.Column('line_no', sa.BigInteger(), nullable=True),
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('document_date', sa.Date(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_contract',
    sa.Column('contract_no', sa.Text(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('signed_on', sa.Date(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('quoted_amount', sa.BigInteger(), nullable=True),
    sa.Column('discount_rate', sa.BigInteger(), nullable=True),
    sa.Column('approved_by', sa.Text(), nullable=True),
    sa.Column('shipped_on', sa.Date(), nullable=True),
    sa.Column('filed_on', sa.Date(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_customer',
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('price_class', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('opened_on', sa.Date(), nullable=True),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('credit_limit', sa.BigInteger(), nullable=True),
    sa.Column('payment_terms', sa.Text(), nullable=True),
    sa.Column('distance_km', sa.BigInteger(), nullable=True),
    sa.Column('electronic_settlement', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_dealer_stock',
    sa.Column('counted_on', sa.Date(), nullable=True),
    sa.Column('dealer_code', sa.Text(), nullable=True),
    sa.Column('product_code', sa.Text(), nullable=True),
    sa.Column('qty', sa.BigInteger(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('base_qty', sa.BigInteger(), nullable=True)
    )
    op.create_table('fact_employee',
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('role', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('pay_grade', sa.Text(), nullable=True),
    sa.Column('hired_on', sa.Date(), nullable=True),
    sa.Column('left_on', sa.Date(), nullable=True),
    sa.Column('trainee_until', sa.Date(), nullable=True),
    sa.Column('manager_code', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_expense',
    sa.Column('voucher_no', sa.Text(), nullable=True),
    sa.Column('line_no', sa.Text(), nullable=True),
    sa.Column('spent_on', sa.Date(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('item', sa.Text(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('budget_code', sa.Text(), nullable=True),
    sa.Column('approved_by', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_expense', schema=None) as batch_op:
        batch_op.create_index('fact_expense_period', ['period'], unique=False)

    op.create_table('fact_kpi_target',
    sa.Column('scope', sa.Text(), nullable=True),
    sa.Column('kpi', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('target', sa.BigInteger(), nullable=True),
    sa.Column('weight', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_ledger_control',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('account', sa.Text(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_opening_receivable',
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('opening_on', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('document_date', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('open_amount', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_outlet',
    sa.Column('dealer_code', sa.Text(), nullable=True),
    sa.Column('outlet_code', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('listed_on', sa.Date(), nullable=True),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('first_traded_on', sa.Date(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_outlet_contract',
    sa.Column('dealer_code', sa.Text(), nullable=True),
    sa.Column('outlet_code', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('committed_qty', sa.BigInteger(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_plan',
    sa.Column('version', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('measure', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('product_line', sa.Text(), nullable=True),
    sa.Column('product_code', sa.Text(), nullable=True),
    sa.Column('value', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_price_list',
    sa.Column('product_code', sa.Text(), nullable=True),
    sa.Column('price_class', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('unit_price', sa.BigInteger(), nullable=True),
    sa.Column('tax_rate', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_product',
    sa.Column('product_code', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('line', sa.Text(), nullable=True),
    sa.Column('category', sa.Text(), nullable=True),
    sa.Column('abc_class', sa.Text(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('base_unit', sa.Text(), nullable=True),
    sa.Column('units_per_base', sa.BigInteger(), nullable=True),
    sa.Column('launched_on', sa.Date(), nullable=True),
    sa.Column('discontinued_on', sa.Date(), nullable=True),
    sa.Column('standard_cost', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_receipt',
    sa.Column('receipt_no', sa.Text(), nullable=True),
    sa.Column('received_on', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('method', sa.Text(), nullable=True),
    sa.Column('instrument_no', sa.Text(), nullable=True),
    sa.Column('matures_on', sa.Date(), nullable=True),
    sa.Column('collected_by', sa.Text(), nullable=True),
    sa.Column('handed_to_finance_on', sa.Date(), nullable=True),
    sa.Column('reverses_receipt_no', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_receipt', schema=None) as batch_op:
        batch_op.create_index('fact_receipt_period', ['period'], unique=False)

    op.create_table('fact_receipt_allocation',
    sa.Column('receipt_no', sa.Text(), nullable=True),
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('allocated_on', sa.Date(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_region',
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_sales_line',
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('line_no', sa.Text(), nullable=True),
    sa.Column('document_kind', sa.Text(), nullable=True),
    sa.Column('document_date', sa.Date(), nullable=True),
    sa.Column('shipped_on', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('product_code', sa.Text(), nullable=True),
    sa.Column('qty', sa.BigInteger(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('unit_price', sa.BigInteger(), nullable=True),
    sa.Column('net_amount', sa.BigInteger(), nullable=True),
    sa.Column('tax_amount', sa.BigInteger(), nullable=True),
    sa.Column('gross_amount', sa.BigInteger(), nullable=True),
    sa.Column('discount_rate', sa.BigInteger(), nullable=True),
    sa.Column('cost_amount', sa.BigInteger(), nullable=True),
    sa.Column('warehouse', sa.Text(), nullable=True),
    sa.Column('contract_no', sa.Text(), nullable=True),
    sa.Column('origin_document_no', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('product_line', sa.Text(), nullable=True),
    sa.Column('base_unit', sa.Text(), nullable=True),
    sa.Column('base_qty', sa.BigInteger(), nullable=True),
    sa.Column('customer_kind', sa.Text(), nullable=True),
    sa.Column('price_class', sa.Text(), nullable=True),
    sa.Column('payment_terms', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_sales_line', schema=None) as batch_op:
        batch_op.create_index('fact_sales_line_period', ['period'], unique=False)

    op.create_table('fact_sell_out',
    sa.Column('sold_on', sa.Date(), nullable=True),
    sa.Column('dealer_code', sa.Text(), nullable=True),
    sa.Column('outlet_code', sa.Text(), nullable=True),
    sa.Column('product_code', sa.Text(), nullable=True),
    sa.Column('qty', sa.BigInteger(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('grain', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('base_qty', sa.BigInteger(), nullable=True),
    sa.Column('product_line', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_sell_out', schema=None) as batch_op:
        batch_op.create_index('fact_sell_out_period', ['period'], unique=False)

    op.create_table('fact_specific_provision',
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('rate', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_stock',
    sa.Column('counted_on', sa.Date(), nullable=True),
    sa.Column('warehouse', sa.Text(), nullable=True),
    sa.Column('product_code', sa.Text(), nullable=True),
    sa.Column('stage', sa.Text(), nullable=True),
    sa.Column('qty', sa.BigInteger(), nullable=True),
    sa.Column('value', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True)
    )
    op.create_table('fact_visit',
    sa.Column('visited_at', sa.Date(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('outlet_code', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('succeeded', sa.BigInteger(), nullable=True),
    sa.Column('order_amount', sa.BigInteger(), nullable=True),
    sa.Column('stock_seen', sa.BigInteger(), nullable=True),
    sa.Column('product_count', sa.BigInteger(), nullable=True),
    sa.Column('display_done', sa.BigInteger(), nullable=True),
    sa.Column('new_product_offered', sa.BigInteger(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('period', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('fact_visit', schema=None) as batch_op:
        batch_op.create_index('fact_visit_period', ['period'], unique=False)

    op.create_table('mart_advances',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=True),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('credit_no', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('dated_on', sa.Date(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_advances', schema=None) as batch_op:
        batch_op.create_index('mart_advances_period', ['period'], unique=False)

    op.create_table('mart_balance_confirmation',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('statement_on', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=True),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('slip_no', sa.Text(), nullable=True),
    sa.Column('replied_slip_no', sa.Text(), nullable=True),
    sa.Column('result', sa.Text(), nullable=True),
    sa.Column('balance', sa.BigInteger(), nullable=True),
    sa.Column('stated_balance', sa.BigInteger(), nullable=True),
    sa.Column('confirmed_balance', sa.BigInteger(), nullable=True),
    sa.Column('explained', sa.BigInteger(), nullable=True),
    sa.Column('unexplained', sa.BigInteger(), nullable=True),
    sa.Column('replied_on', sa.Date(), nullable=True),
    sa.Column('days_waiting', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_balance_confirmation', schema=None) as batch_op:
        batch_op.create_index('mart_balance_confirmation_period', ['period'], unique=False)

    op.create_table('mart_confirmation_coverage',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('statement_on', sa.Date(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('side', sa.Text(), nullable=True),
    sa.Column('sent', sa.BigInteger(), nullable=True),
    sa.Column('sent_amount', sa.BigInteger(), nullable=True),
    sa.Column('agreed', sa.BigInteger(), nullable=True),
    sa.Column('agreed_amount', sa.BigInteger(), nullable=True),
    sa.Column('different', sa.BigInteger(), nullable=True),
    sa.Column('different_amount', sa.BigInteger(), nullable=True),
    sa.Column('unanswered', sa.BigInteger(), nullable=True),
    sa.Column('unanswered_amount', sa.BigInteger(), nullable=True),
    sa.Column('unexplained', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_confirmation_coverage', schema=None) as batch_op:
        batch_op.create_index('mart_confirmation_coverage_period', ['period'], unique=False)

    op.create_table('mart_cut_off',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('by_invoice', sa.BigInteger(), nullable=True),
    sa.Column('shipped_earlier', sa.BigInteger(), nullable=True),
    sa.Column('shipped_later', sa.BigInteger(), nullable=True),
    sa.Column('not_shipped', sa.BigInteger(), nullable=True),
    sa.Column('invoiced_later', sa.BigInteger(), nullable=True),
    sa.Column('invoiced_earlier', sa.BigInteger(), nullable=True),
    sa.Column('not_invoiced', sa.BigInteger(), nullable=True),
    sa.Column('by_shipment', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_cut_off', schema=None) as batch_op:
        batch_op.create_index('mart_cut_off_period', ['period'], unique=False)

    op.create_table('mart_dealer_indicator_scores',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('dealer_code', sa.Text(), nullable=True),
    sa.Column('kpi', sa.Text(), nullable=True),
    sa.Column('actual', sa.Double(), nullable=True),
    sa.Column('target', sa.BigInteger(), nullable=True),
    sa.Column('weight', sa.BigInteger(), nullable=True),
    sa.Column('scope', sa.Text(), nullable=True),
    sa.Column('score', sa.Double(), nullable=True),
    sa.Column('null_reason', sa.Text(), nullable=True),
    sa.Column('weak', sa.BigInteger(), nullable=True),
    sa.Column('actual_last_month', sa.Double(), nullable=True),
    sa.Column('actual_last_quarter', sa.Double(), nullable=True),
    sa.Column('actual_last_year', sa.Double(), nullable=True),
    sa.Column('change_last_month', sa.Double(), nullable=True),
    sa.Column('change_last_quarter', sa.Double(), nullable=True),
    sa.Column('change_last_year', sa.Double(), nullable=True)
    )
    with op.batch_alter_table('mart_dealer_indicator_scores', schema=None) as batch_op:
        batch_op.create_index('mart_dealer_indicator_scores_period', ['period'], unique=False)

    op.create_table('mart_dealer_indicators',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('dealer_code', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('region_name', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('outlets', sa.BigInteger(), nullable=True),
    sa.Column('outlets_visited', sa.BigInteger(), nullable=True),
    sa.Column('outlets_traded', sa.BigInteger(), nullable=True),
    sa.Column('outlets_active', sa.BigInteger(), nullable=True),
    sa.Column('sold_qty', sa.BigInteger(), nullable=True),
    sa.Column('outlets_signed', sa.BigInteger(), nullable=True),
    sa.Column('outlets_met', sa.BigInteger(), nullable=True),
    sa.Column('signed_qty', sa.BigInteger(), nullable=True),
    sa.Column('committed_qty', sa.BigInteger(), nullable=True),
    sa.Column('stock_qty', sa.BigInteger(), nullable=True),
    sa.Column('stock_counted_on', sa.Date(), nullable=True),
    sa.Column('window_sold_qty', sa.BigInteger(), nullable=True),
    sa.Column('window_days', sa.BigInteger(), nullable=True),
    sa.Column('qty_unit', sa.Text(), nullable=True),
    sa.Column('visit_coverage', sa.Double(), nullable=True),
    sa.Column('distribution', sa.Double(), nullable=True),
    sa.Column('sales_per_outlet', sa.Double(), nullable=True),
    sa.Column('active_rate', sa.Double(), nullable=True),
    sa.Column('signed_attainment', sa.Double(), nullable=True),
    sa.Column('signed_attainment_count', sa.Double(), nullable=True),
    sa.Column('stock_days', sa.Double(), nullable=True),
    sa.Column('score', sa.Double(), nullable=True),
    sa.Column('weight_used', sa.Double(), nullable=True),
    sa.Column('rescaled', sa.BigInteger(), nullable=True),
    sa.Column('grade', sa.Text(), nullable=True),
    sa.Column('grade_before_veto', sa.Text(), nullable=True),
    sa.Column('vetoes', sa.Text(), nullable=True),
    sa.Column('support', sa.Text(), nullable=True),
    sa.Column('weakest', sa.Text(), nullable=True),
    sa.Column('score_last_month', sa.Double(), nullable=True),
    sa.Column('score_last_quarter', sa.Double(), nullable=True),
    sa.Column('score_last_year', sa.Double(), nullable=True),
    sa.Column('change_last_month', sa.Double(), nullable=True),
    sa.Column('change_last_quarter', sa.Double(), nullable=True),
    sa.Column('change_last_year', sa.Double(), nullable=True),
    sa.Column('grade_last_month', sa.Text(), nullable=True),
    sa.Column('grade_last_quarter', sa.Text(), nullable=True),
    sa.Column('grade_last_year', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_dealer_indicators', schema=None) as batch_op:
        batch_op.create_index('mart_dealer_indicators_period', ['period'], unique=False)

    op.create_table('mart_drafts',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=True),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('receipt_no', sa.Text(), nullable=True),
    sa.Column('instrument_no', sa.Text(), nullable=True),
    sa.Column('received_on', sa.Date(), nullable=True),
    sa.Column('matures_on', sa.Date(), nullable=True),
    sa.Column('days_to_maturity', sa.BigInteger(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_drafts', schema=None) as batch_op:
        batch_op.create_index('mart_drafts_period', ['period'], unique=False)

    op.create_table('mart_dunning',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=True),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('employee_name', sa.Text(), nullable=True),
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('term', sa.BigInteger(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('document_date', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('level', sa.BigInteger(), nullable=True),
    sa.Column('days_late', sa.BigInteger(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_dunning', schema=None) as batch_op:
        batch_op.create_index('mart_dunning_period', ['period'], unique=False)

    op.create_table('mart_files',
    sa.Column('delivery', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('sender', sa.Text(), nullable=True),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('arrived_at', sa.Text(), nullable=True),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('layout', sa.Text(), nullable=True),
    sa.Column('table', sa.Text(), nullable=True),
    sa.Column('frame', sa.Text(), nullable=True),
    sa.Column('cover', sa.Text(), nullable=True),
    sa.Column('mode', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('superseded_by', sa.Text(), nullable=True),
    sa.Column('rows', sa.BigInteger(), nullable=True)
    )
    op.create_table('mart_findings',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('control', sa.Text(), nullable=True),
    sa.Column('rule', sa.Text(), nullable=True),
    sa.Column('severity', sa.Text(), nullable=True),
    sa.Column('subject', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('cell', sa.Text(), nullable=True),
    sa.Column('found', sa.Text(), nullable=True),
    sa.Column('expected', sa.Text(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('owner', sa.Text(), nullable=True),
    sa.Column('reports', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_findings', schema=None) as batch_op:
        batch_op.create_index('mart_findings_period', ['period'], unique=False)

    op.create_table('mart_new_customers',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('first_invoice_on', sa.Date(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('net_amount', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_new_customers', schema=None) as batch_op:
        batch_op.create_index('mart_new_customers_period', ['period'], unique=False)

    op.create_table('mart_open_items',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=True),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('term', sa.BigInteger(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('document_date', sa.Date(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('open_amount', sa.BigInteger(), nullable=True),
    sa.Column('days_late', sa.BigInteger(), nullable=True),
    sa.Column('due_bucket', sa.Text(), nullable=True),
    sa.Column('document_bucket', sa.Text(), nullable=True),
    sa.Column('fifo_open_amount', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_open_items', schema=None) as batch_op:
        batch_op.create_index('mart_open_items_period', ['period'], unique=False)

    op.create_table('mart_pace',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('measure', sa.Text(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('key2', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('label2', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('working_days', sa.BigInteger(), nullable=True),
    sa.Column('working_days_elapsed', sa.BigInteger(), nullable=True),
    sa.Column('time_progress', sa.Double(), nullable=True),
    sa.Column('plan', sa.BigInteger(), nullable=True),
    sa.Column('actual', sa.BigInteger(), nullable=True),
    sa.Column('attainment', sa.Double(), nullable=True),
    sa.Column('gap', sa.Double(), nullable=True),
    sa.Column('forecast', sa.BigInteger(), nullable=True),
    sa.Column('needed_per_day', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_pace', schema=None) as batch_op:
        batch_op.create_index('mart_pace_period', ['period'], unique=False)

    op.create_table('mart_plan_actual',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('measure', sa.Text(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('key2', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('label2', sa.Text(), nullable=True),
    sa.Column('plan', sa.BigInteger(), nullable=True),
    sa.Column('actual', sa.BigInteger(), nullable=True),
    sa.Column('variance', sa.BigInteger(), nullable=True),
    sa.Column('attainment', sa.Double(), nullable=True),
    sa.Column('py', sa.BigInteger(), nullable=True),
    sa.Column('growth_yoy', sa.Double(), nullable=True),
    sa.Column('pp', sa.BigInteger(), nullable=True),
    sa.Column('growth_mom', sa.Double(), nullable=True),
    sa.Column('ytd_plan', sa.BigInteger(), nullable=True),
    sa.Column('ytd_actual', sa.BigInteger(), nullable=True),
    sa.Column('ytd_variance', sa.BigInteger(), nullable=True),
    sa.Column('ytd_attainment', sa.Double(), nullable=True),
    sa.Column('ytd_py', sa.BigInteger(), nullable=True),
    sa.Column('ytd_growth', sa.Double(), nullable=True),
    sa.Column('share_of_total', sa.Double(), nullable=True),
    sa.Column('rank', sa.BigInteger(), nullable=True),
    sa.Column('favourable', sa.BigInteger(), nullable=True),
    sa.Column('unplanned', sa.BigInteger(), nullable=True),
    sa.Column('plan_layer', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_plan_actual', schema=None) as batch_op:
        batch_op.create_index('mart_plan_actual_period', ['period'], unique=False)

    op.create_table('mart_plan_layers',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('measure', sa.Text(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('key2', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('label2', sa.Text(), nullable=True),
    sa.Column('layer', sa.Text(), nullable=True),
    sa.Column('other_layer', sa.Text(), nullable=True),
    sa.Column('plan', sa.BigInteger(), nullable=True),
    sa.Column('other_plan', sa.BigInteger(), nullable=True),
    sa.Column('difference', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_plan_layers', schema=None) as batch_op:
        batch_op.create_index('mart_plan_layers_period', ['period'], unique=False)

    op.create_table('mart_plan_series',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('measure', sa.Text(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('key2', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('label2', sa.Text(), nullable=True),
    sa.Column('in_period', sa.Text(), nullable=True),
    sa.Column('plan', sa.BigInteger(), nullable=True),
    sa.Column('actual', sa.BigInteger(), nullable=True),
    sa.Column('py', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_plan_series', schema=None) as batch_op:
        batch_op.create_index('mart_plan_series_period', ['period'], unique=False)

    op.create_table('mart_plan_to_date',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('plan_period', sa.Text(), nullable=True),
    sa.Column('measure', sa.Text(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('key2', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('label2', sa.Text(), nullable=True),
    sa.Column('plan', sa.BigInteger(), nullable=True),
    sa.Column('actual', sa.BigInteger(), nullable=True),
    sa.Column('variance', sa.BigInteger(), nullable=True),
    sa.Column('attainment', sa.Double(), nullable=True),
    sa.Column('time_progress', sa.Double(), nullable=True)
    )
    with op.batch_alter_table('mart_plan_to_date', schema=None) as batch_op:
        batch_op.create_index('mart_plan_to_date_period', ['period'], unique=False)

    op.create_table('mart_provision',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=True),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('method', sa.Text(), nullable=True),
    sa.Column('class', sa.Text(), nullable=True),
    sa.Column('class_no', sa.BigInteger(), nullable=True),
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('base', sa.BigInteger(), nullable=True),
    sa.Column('rate', sa.BigInteger(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_provision', schema=None) as batch_op:
        batch_op.create_index('mart_provision_period', ['period'], unique=False)

    op.create_table('mart_provision_effect',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('class_no', sa.BigInteger(), nullable=True),
    sa.Column('class', sa.Text(), nullable=True),
    sa.Column('base_invoice', sa.BigInteger(), nullable=True),
    sa.Column('base_fifo', sa.BigInteger(), nullable=True),
    sa.Column('base_difference', sa.BigInteger(), nullable=True),
    sa.Column('provision_invoice', sa.BigInteger(), nullable=True),
    sa.Column('provision_fifo', sa.BigInteger(), nullable=True),
    sa.Column('effect', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_provision_effect', schema=None) as batch_op:
        batch_op.create_index('mart_provision_effect_period', ['period'], unique=False)

    op.create_table('mart_quarantine',
    sa.Column('table', sa.Text(), nullable=True),
    sa.Column('layout', sa.Text(), nullable=True),
    sa.Column('sender', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sha256', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('source_column', sa.Text(), nullable=True),
    sa.Column('reason_no', sa.BigInteger(), nullable=True),
    sa.Column('rule', sa.Text(), nullable=True),
    sa.Column('severity', sa.Text(), nullable=True),
    sa.Column('column', sa.Text(), nullable=True),
    sa.Column('cell', sa.Text(), nullable=True),
    sa.Column('found', sa.Text(), nullable=True),
    sa.Column('expected', sa.Text(), nullable=True),
    sa.Column('document', sa.Text(), nullable=True),
    sa.Column('goes_with', sa.BigInteger(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('amount_unreadable', sa.BigInteger(), nullable=True),
    sa.Column('business_date', sa.Date(), nullable=True),
    sa.Column('delivered', sa.Text(), nullable=True)
    )
    op.create_table('mart_receivable_ratios',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('opening', sa.BigInteger(), nullable=True),
    sa.Column('sales', sa.BigInteger(), nullable=True),
    sa.Column('closing', sa.BigInteger(), nullable=True),
    sa.Column('closing_not_due', sa.BigInteger(), nullable=True),
    sa.Column('closing_overdue', sa.BigInteger(), nullable=True),
    sa.Column('closing_open', sa.BigInteger(), nullable=True),
    sa.Column('credit_sales', sa.BigInteger(), nullable=True),
    sa.Column('credit_days', sa.BigInteger(), nullable=True),
    sa.Column('collectable', sa.BigInteger(), nullable=True),
    sa.Column('collected', sa.BigInteger(), nullable=True),
    sa.Column('opening_overdue', sa.BigInteger(), nullable=True),
    sa.Column('recovered', sa.BigInteger(), nullable=True),
    sa.Column('collection_rate', sa.Double(), nullable=True),
    sa.Column('overdue_recovery', sa.Double(), nullable=True),
    sa.Column('dso', sa.Double(), nullable=True),
    sa.Column('countback_dso', sa.Double(), nullable=True),
    sa.Column('countback_exhausted', sa.BigInteger(), nullable=True),
    sa.Column('countback_days', sa.BigInteger(), nullable=True),
    sa.Column('best_possible_dso', sa.Double(), nullable=True),
    sa.Column('average_days_delinquent', sa.Double(), nullable=True),
    sa.Column('cei', sa.Double(), nullable=True),
    sa.Column('share_overdue', sa.Double(), nullable=True)
    )
    with op.batch_alter_table('mart_receivable_ratios', schema=None) as batch_op:
        batch_op.create_index('mart_receivable_ratios_period', ['period'], unique=False)

    op.create_table('mart_receivables',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=True),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('balance', sa.BigInteger(), nullable=True),
    sa.Column('open_amount', sa.BigInteger(), nullable=True),
    sa.Column('not_due', sa.BigInteger(), nullable=True),
    sa.Column('overdue', sa.BigInteger(), nullable=True),
    sa.Column('advance', sa.BigInteger(), nullable=True),
    sa.Column('credit_limit', sa.BigInteger(), nullable=True),
    sa.Column('shipped_not_invoiced', sa.BigInteger(), nullable=True),
    sa.Column('drafts_not_matured', sa.BigInteger(), nullable=True),
    sa.Column('credit_used', sa.BigInteger(), nullable=True),
    sa.Column('credit_use', sa.Double(), nullable=True),
    sa.Column('over_limit', sa.BigInteger(), nullable=True),
    sa.Column('days_in_breach', sa.BigInteger(), nullable=True),
    sa.Column('oldest_days_late', sa.BigInteger(), nullable=True),
    sa.Column('open_items', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_receivables', schema=None) as batch_op:
        batch_op.create_index('mart_receivables_period', ['period'], unique=False)

    op.create_table('mart_receivables_ageing',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=True),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('basis', sa.Text(), nullable=True),
    sa.Column('bucket_no', sa.BigInteger(), nullable=True),
    sa.Column('bucket', sa.Text(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('documents', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_receivables_ageing', schema=None) as batch_op:
        batch_op.create_index('mart_receivables_ageing_period', ['period'], unique=False)

    op.create_table('mart_receivables_group',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('group_name', sa.Text(), nullable=True),
    sa.Column('customers', sa.BigInteger(), nullable=True),
    sa.Column('balance', sa.BigInteger(), nullable=True),
    sa.Column('open_amount', sa.BigInteger(), nullable=True),
    sa.Column('not_due', sa.BigInteger(), nullable=True),
    sa.Column('overdue', sa.BigInteger(), nullable=True),
    sa.Column('advance', sa.BigInteger(), nullable=True),
    sa.Column('credit_limit', sa.BigInteger(), nullable=True),
    sa.Column('shipped_not_invoiced', sa.BigInteger(), nullable=True),
    sa.Column('drafts_not_matured', sa.BigInteger(), nullable=True),
    sa.Column('credit_used', sa.BigInteger(), nullable=True),
    sa.Column('credit_use', sa.Double(), nullable=True),
    sa.Column('over_limit', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_receivables_group', schema=None) as batch_op:
        batch_op.create_index('mart_receivables_group_period', ['period'], unique=False)

    op.create_table('mart_receivables_roll_forward',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=True),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('opening', sa.BigInteger(), nullable=True),
    sa.Column('taken_over', sa.BigInteger(), nullable=True),
    sa.Column('sales', sa.BigInteger(), nullable=True),
    sa.Column('returns', sa.BigInteger(), nullable=True),
    sa.Column('receipts', sa.BigInteger(), nullable=True),
    sa.Column('adjustments', sa.BigInteger(), nullable=True),
    sa.Column('closing', sa.BigInteger(), nullable=True),
    sa.Column('open_amount', sa.BigInteger(), nullable=True),
    sa.Column('advance', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_receivables_roll_forward', schema=None) as batch_op:
        batch_op.create_index('mart_receivables_roll_forward_period', ['period'], unique=False)

    op.create_table('mart_reconciling_item',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('statement_on', sa.Date(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=True),
    sa.Column('parent_code', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('slip_no', sa.Text(), nullable=True),
    sa.Column('item_no', sa.BigInteger(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('document_no', sa.Text(), nullable=True),
    sa.Column('document_date', sa.Date(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('match', sa.Text(), nullable=True),
    sa.Column('evidence_kind', sa.Text(), nullable=True),
    sa.Column('evidence_no', sa.Text(), nullable=True),
    sa.Column('evidence_on', sa.Date(), nullable=True),
    sa.Column('evidence_amount', sa.BigInteger(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('resolved_by', sa.Text(), nullable=True),
    sa.Column('resolved_on', sa.Date(), nullable=True),
    sa.Column('owner', sa.Text(), nullable=True),
    sa.Column('opened_on', sa.Date(), nullable=True),
    sa.Column('age_days', sa.BigInteger(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_reconciling_item', schema=None) as batch_op:
        batch_op.create_index('mart_reconciling_item_period', ['period'], unique=False)

    op.create_table('mart_roll_rates',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=True),
    sa.Column('before_as_of', sa.Date(), nullable=True),
    sa.Column('bucket_no', sa.BigInteger(), nullable=True),
    sa.Column('bucket', sa.Text(), nullable=True),
    sa.Column('next_bucket', sa.Text(), nullable=True),
    sa.Column('before', sa.BigInteger(), nullable=True),
    sa.Column('now', sa.BigInteger(), nullable=True),
    sa.Column('written_off', sa.BigInteger(), nullable=True),
    sa.Column('roll_rate', sa.Double(), nullable=True),
    sa.Column('loss_rate', sa.Double(), nullable=True)
    )
    with op.batch_alter_table('mart_roll_rates', schema=None) as batch_op:
        batch_op.create_index('mart_roll_rates_period', ['period'], unique=False)

    op.create_table('mart_submission_rates',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('sender', sa.Text(), nullable=True),
    sa.Column('table', sa.Text(), nullable=True),
    sa.Column('expected', sa.BigInteger(), nullable=True),
    sa.Column('due', sa.BigInteger(), nullable=True),
    sa.Column('on_time', sa.BigInteger(), nullable=True),
    sa.Column('late', sa.BigInteger(), nullable=True),
    sa.Column('missing', sa.BigInteger(), nullable=True),
    sa.Column('on_time_rate', sa.Double(), nullable=True),
    sa.Column('received_rate', sa.Double(), nullable=True),
    sa.Column('days_late', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_submission_rates', schema=None) as batch_op:
        batch_op.create_index('mart_submission_rates_period', ['period'], unique=False)

    op.create_table('mart_submissions',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('sender', sa.Text(), nullable=True),
    sa.Column('table', sa.Text(), nullable=True),
    sa.Column('cover', sa.Text(), nullable=True),
    sa.Column('every', sa.Text(), nullable=True),
    sa.Column('due_at', sa.Text(), nullable=True),
    sa.Column('due_local', sa.Text(), nullable=True),
    sa.Column('arrived_at', sa.Text(), nullable=True),
    sa.Column('arrived_local', sa.Text(), nullable=True),
    sa.Column('days_late', sa.BigInteger(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('deliveries', sa.BigInteger(), nullable=True),
    sa.Column('rows_accepted', sa.BigInteger(), nullable=True),
    sa.Column('rows_rejected', sa.BigInteger(), nullable=True),
    sa.Column('corrected_at', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_submissions', schema=None) as batch_op:
        batch_op.create_index('mart_submissions_period', ['period'], unique=False)

    op.create_table('mart_tie_out_item',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('control', sa.Text(), nullable=True),
    sa.Column('statement', sa.Text(), nullable=True),
    sa.Column('subject', sa.Text(), nullable=True),
    sa.Column('item_no', sa.BigInteger(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('rule', sa.Text(), nullable=True),
    sa.Column('table', sa.Text(), nullable=True),
    sa.Column('document', sa.Text(), nullable=True),
    sa.Column('sender', sa.Text(), nullable=True),
    sa.Column('source_file', sa.Text(), nullable=True),
    sa.Column('source_sheet', sa.Text(), nullable=True),
    sa.Column('source_row', sa.BigInteger(), nullable=True),
    sa.Column('cell', sa.Text(), nullable=True),
    sa.Column('rows', sa.BigInteger(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('since', sa.Date(), nullable=True),
    sa.Column('age_days', sa.BigInteger(), nullable=True),
    sa.Column('owner', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_tie_out_item', schema=None) as batch_op:
        batch_op.create_index('mart_tie_out_item_period', ['period'], unique=False)

    op.create_table('mart_tie_outs',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('control', sa.Text(), nullable=True),
    sa.Column('statement', sa.Text(), nullable=True),
    sa.Column('subject', sa.Text(), nullable=True),
    sa.Column('left_label', sa.Text(), nullable=True),
    sa.Column('left_amount', sa.BigInteger(), nullable=True),
    sa.Column('right_label', sa.Text(), nullable=True),
    sa.Column('right_amount', sa.BigInteger(), nullable=True),
    sa.Column('difference', sa.BigInteger(), nullable=True),
    sa.Column('tolerance', sa.BigInteger(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('invariant', sa.BigInteger(), nullable=True),
    sa.Column('reports', sa.Text(), nullable=True),
    sa.Column('measure', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_tie_outs', schema=None) as batch_op:
        batch_op.create_index('mart_tie_outs_period', ['period'], unique=False)

    op.create_table('mart_top_causes',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('base', sa.Text(), nullable=True),
    sa.Column('span', sa.Text(), nullable=True),
    sa.Column('dimension', sa.Text(), nullable=True),
    sa.Column('side', sa.Text(), nullable=True),
    sa.Column('position', sa.BigInteger(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('gap', sa.BigInteger(), nullable=True),
    sa.Column('base_amount', sa.BigInteger(), nullable=True),
    sa.Column('actual_amount', sa.BigInteger(), nullable=True),
    sa.Column('variance', sa.BigInteger(), nullable=True),
    sa.Column('contribution', sa.Double(), nullable=True),
    sa.Column('cumulative', sa.Double(), nullable=True),
    sa.Column('price', sa.BigInteger(), nullable=True),
    sa.Column('volume', sa.BigInteger(), nullable=True),
    sa.Column('mix', sa.BigInteger(), nullable=True),
    sa.Column('new', sa.BigInteger(), nullable=True),
    sa.Column('discontinued', sa.BigInteger(), nullable=True),
    sa.Column('other', sa.BigInteger(), nullable=True),
    sa.Column('main_cause', sa.Text(), nullable=True)
    )
    with op.batch_alter_table('mart_top_causes', schema=None) as batch_op:
        batch_op.create_index('mart_top_causes_period', ['period'], unique=False)

    op.create_table('mart_variance_cause_leaves',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('base', sa.Text(), nullable=True),
    sa.Column('span', sa.Text(), nullable=True),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('region_code', sa.Text(), nullable=True),
    sa.Column('employee_code', sa.Text(), nullable=True),
    sa.Column('customer_code', sa.Text(), nullable=True),
    sa.Column('product_line', sa.Text(), nullable=True),
    sa.Column('product_code', sa.Text(), nullable=True),
    sa.Column('base_qty', sa.BigInteger(), nullable=True),
    sa.Column('actual_qty', sa.BigInteger(), nullable=True),
    sa.Column('base_amount', sa.BigInteger(), nullable=True),
    sa.Column('actual_amount', sa.BigInteger(), nullable=True),
    sa.Column('average_price', sa.BigInteger(), nullable=True),
    sa.Column('variance', sa.BigInteger(), nullable=True),
    sa.Column('price', sa.BigInteger(), nullable=True),
    sa.Column('volume', sa.BigInteger(), nullable=True),
    sa.Column('mix', sa.BigInteger(), nullable=True),
    sa.Column('new', sa.BigInteger(), nullable=True),
    sa.Column('discontinued', sa.BigInteger(), nullable=True),
    sa.Column('other', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_variance_cause_leaves', schema=None) as batch_op:
        batch_op.create_index('mart_variance_cause_leaves_period', ['period'], unique=False)

    op.create_table('mart_variance_causes',
    sa.Column('period', sa.Text(), nullable=True),
    sa.Column('base', sa.Text(), nullable=True),
    sa.Column('span', sa.Text(), nullable=True),
    sa.Column('cut', sa.Text(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('key2', sa.Text(), nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('label2', sa.Text(), nullable=True),
    sa.Column('base_amount', sa.BigInteger(), nullable=True),
    sa.Column('actual_amount', sa.BigInteger(), nullable=True),
    sa.Column('variance', sa.BigInteger(), nullable=True),
    sa.Column('price', sa.BigInteger(), nullable=True),
    sa.Column('volume', sa.BigInteger(), nullable=True),
    sa.Column('mix', sa.BigInteger(), nullable=True),
    sa.Column('new', sa.BigInteger(), nullable=True),
    sa.Column('discontinued', sa.BigInteger(), nullable=True),
    sa.Column('other', sa.BigInteger(), nullable=True)
    )
    with op.batch_alter_table('mart_variance_causes', schema=None) as batch_op:
        batch_op.create_index('mart_variance_causes_period', ['period'], unique=False)

