-- Rows that were kept out, and rows that were listed, with the reason. Count and add money where reason_no = 1.
-- Grain: one row a refused row and reason.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    "table",
    layout,
    sender,
    source_file,
    source_sha256,
    source_sheet,
    source_row,
    source_column,
    reason_no,
    rule,
    severity,
    "column",
    cell,
    found,
    expected,
    document,
    goes_with,
    amount / 10000.0 as amount,
    amount as amount_e4,
    amount_unreadable,
    business_date,
    delivered
from mart_quarantine
