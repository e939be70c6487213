-- Complaints against invoices, and how long they take.
-- Grain: one row a period, cut and key.
select
    period,
    cut,
    "key",
    label,
    complaints,
    resolved,
    "open",
    mean_days,
    invoices,
    rate,
    "limit",
    "before",
    ytd
from mart_complaints
