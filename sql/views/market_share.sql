-- Net sales against the size of the market, where it is given.
-- Grain: one row a period, cut and key (key2 for pairs).
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    cut,
    "key",
    key2,
    label,
    label2,
    market / 10000.0 as market,
    market as market_e4,
    net_amount / 10000.0 as net_amount,
    net_amount as net_amount_e4,
    share,
    market_py / 10000.0 as market_py,
    market_py as market_py_e4,
    net_amount_py / 10000.0 as net_amount_py,
    net_amount_py as net_amount_py_e4,
    share_py,
    share_change,
    market_growth,
    own_growth
from mart_market_share
