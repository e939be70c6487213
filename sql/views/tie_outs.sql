-- What was compared with what, and whether it tied.
-- Grain: one row a period, control, statement and subject.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    control,
    statement,
    subject,
    left_label,
    left_amount / 10000.0 as left_amount,
    left_amount as left_amount_e4,
    right_label,
    right_amount / 10000.0 as right_amount,
    right_amount as right_amount_e4,
    difference / 10000.0 as difference,
    difference as difference_e4,
    tolerance / 10000.0 as tolerance,
    tolerance as tolerance_e4,
    status,
    invariant,
    reports,
    measure
from mart_tie_outs
