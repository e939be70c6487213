-- Sales by week, beside the week before and the same week last year.
-- Grain: one row a period, cover, measure, unit, cut and key (key2 for pairs).
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    cover,
    "start",
    "end",
    "until",
    measure,
    unit,
    cut,
    "key",
    key2,
    label,
    label2,
    actual / 10000.0 as actual,
    actual as actual_e4,
    pw / 10000.0 as pw,
    pw as pw_e4,
    py / 10000.0 as py,
    py as py_e4,
    growth_wow,
    growth_yoy,
    to_date / 10000.0 as to_date,
    to_date as to_date_e4,
    plan / 10000.0 as plan,
    plan as plan_e4,
    attainment,
    time_progress
from mart_sales_weekly
