-- What was planned by week and by period, and done of it.
-- Grain: one row a period, span, cover and employee_code.
select
    period,
    span,
    cover,
    "start",
    "end",
    "until",
    employee_code,
    name,
    region_code,
    region_name,
    department,
    planned,
    done,
    done_in_time,
    due,
    "open",
    overdue,
    execution
from mart_work_plan_execution
