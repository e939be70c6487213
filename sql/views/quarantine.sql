-- Rows that were kept out, and rows that were listed, with the reason. Count and add money where reason_no = 1.
-- Grain: one row a refused row and reason.
-- What rows of confidential tables hold is not told here; it goes back to who sent them.
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
    case when "table" in ('assessment_event', 'attendance', 'pay_adjustment') then '' else found end as found,
    expected,
    case when "table" in ('assessment_event', 'attendance', 'pay_adjustment') then '' else document end as document,
    goes_with,
    amount / 10000.0 as amount,
    amount as amount_e4,
    amount_unreadable,
    business_date,
    case when "table" in ('assessment_event', 'attendance', 'pay_adjustment') then '' else delivered end as delivered
from mart_quarantine
