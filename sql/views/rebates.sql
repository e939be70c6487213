-- What dealers have earned by the rebate policy, what they claim, and why the two differ.
-- Grain: one row a period, dealer_code and programme.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    as_of,
    dealer_code,
    name,
    region_code,
    programme,
    starts_on,
    ends_on,
    base / 10000.0 as base,
    base as base_e4,
    base_claimed / 10000.0 as base_claimed,
    base_claimed as base_claimed_e4,
    accrued / 10000.0 as accrued,
    accrued as accrued_e4,
    claimed / 10000.0 as claimed,
    claimed as claimed_e4,
    difference / 10000.0 as difference,
    difference as difference_e4,
    by_base / 10000.0 as by_base,
    by_base as by_base_e4,
    by_rate / 10000.0 as by_rate,
    by_rate as by_rate_e4,
    reason,
    source_file
from mart_rebates
