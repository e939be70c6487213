-- Deals won and lost, with reasons and competitors.
-- Grain: one row a period, span, cover, cut and key.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    span,
    cover,
    cut,
    "key",
    label,
    won_as,
    won,
    won_amount / 10000.0 as won_amount,
    won_amount as won_amount_e4,
    lost,
    lost_amount / 10000.0 as lost_amount,
    lost_amount as lost_amount_e4,
    win_rate,
    share_lost,
    ytd_lost,
    ytd_lost_amount / 10000.0 as ytd_lost_amount,
    ytd_lost_amount as ytd_lost_amount_e4
from mart_deals
