-- The balances that statements stated, and what the customers answered.
-- Grain: one row a period, statement_on and customer_code.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    as_of,
    statement_on,
    customer_code,
    customer_name,
    parent_code,
    department,
    region_code,
    employee_code,
    slip_no,
    replied_slip_no,
    result,
    balance / 10000.0 as balance,
    balance as balance_e4,
    stated_balance / 10000.0 as stated_balance,
    stated_balance as stated_balance_e4,
    confirmed_balance / 10000.0 as confirmed_balance,
    confirmed_balance as confirmed_balance_e4,
    explained / 10000.0 as explained,
    explained as explained_e4,
    unexplained / 10000.0 as unexplained,
    unexplained as unexplained_e4,
    replied_on,
    days_waiting,
    source_file,
    source_sheet,
    source_row
from mart_balance_confirmation
