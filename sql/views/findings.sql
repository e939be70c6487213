-- What the controls found.
-- Grain: one row a period, control, rule, subject and place.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    control,
    rule,
    severity,
    subject,
    source_file,
    source_sheet,
    source_row,
    cell,
    found,
    expected,
    amount / 10000.0 as amount,
    amount as amount_e4,
    owner,
    reports
from mart_findings
