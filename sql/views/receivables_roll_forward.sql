-- From the opening to the closing balance of each customer.
-- Grain: one row a period and customer_code.
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
    opening / 10000.0 as opening,
    opening as opening_e4,
    taken_over / 10000.0 as taken_over,
    taken_over as taken_over_e4,
    sales / 10000.0 as sales,
    sales as sales_e4,
    returns / 10000.0 as returns,
    returns as returns_e4,
    receipts / 10000.0 as receipts,
    receipts as receipts_e4,
    adjustments / 10000.0 as adjustments,
    adjustments as adjustments_e4,
    closing / 10000.0 as closing,
    closing as closing_e4,
    open_amount / 10000.0 as open_amount,
    open_amount as open_amount_e4,
    advance / 10000.0 as advance,
    advance as advance_e4
from mart_receivables_roll_forward
