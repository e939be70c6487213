-- How many of the balances sent are agreed, differ, are unanswered; credit balances apart, as positive amounts.
-- Grain: one row a period, region_code and side.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    as_of,
    statement_on,
    region_code,
    side,
    sent,
    sent_amount / 10000.0 as sent_amount,
    sent_amount as sent_amount_e4,
    agreed,
    agreed_amount / 10000.0 as agreed_amount,
    agreed_amount as agreed_amount_e4,
    different,
    different_amount / 10000.0 as different_amount,
    different_amount as different_amount_e4,
    unanswered,
    unanswered_amount / 10000.0 as unanswered_amount,
    unanswered_amount as unanswered_amount_e4,
    unexplained / 10000.0 as unexplained,
    unexplained as unexplained_e4
from mart_confirmation_coverage
