-- The documents and terms that are open.
-- Grain: one row a period, customer_code, document_no, term and kind.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    as_of,
    customer_code,
    customer_name,
    parent_code,
    department,
    region_code,
    employee_code,
    document_no,
    term,
    kind,
    document_date,
    due_on,
    amount / 10000.0 as amount,
    amount as amount_e4,
    open_amount / 10000.0 as open_amount,
    open_amount as open_amount_e4,
    days_late,
    due_bucket,
    document_bucket,
    fifo_open_amount / 10000.0 as fifo_open_amount,
    fifo_open_amount as fifo_open_amount_e4,
    source_file,
    source_sheet,
    source_row
from mart_open_items
