-- What lies behind each control, item by item, with owner and age.
-- Grain: one row a period, control, statement, subject and item_no.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    control,
    statement,
    subject,
    item_no,
    kind,
    rule,
    "table",
    document,
    sender,
    source_file,
    source_sheet,
    source_row,
    cell,
    "rows",
    amount / 10000.0 as amount,
    amount as amount_e4,
    since,
    age_days,
    owner,
    state
from mart_tie_out_item
