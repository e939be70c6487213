-- Who owed which file by when, and when it came.
-- Grain: one row a period, sender, table and cover.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    sender,
    "table",
    cover,
    every,
    due_at,
    due_local,
    arrived_at,
    arrived_local,
    days_late,
    status,
    deliveries,
    rows_accepted,
    rows_rejected,
    corrected_at,
    reason,
    source_file
from mart_submissions
