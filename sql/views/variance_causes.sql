-- Why actual differs from plan or last year: price, volume, mix, new, discontinued, other.
-- Grain: one row a period, base (plan, last_year), span (period, year_to_date), cut and key.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    base,
    span,
    cut,
    "key",
    key2,
    label,
    label2,
    base_amount / 10000.0 as base_amount,
    base_amount as base_amount_e4,
    actual_amount / 10000.0 as actual_amount,
    actual_amount as actual_amount_e4,
    variance / 10000.0 as variance,
    variance as variance_e4,
    price / 10000.0 as price,
    price as price_e4,
    volume / 10000.0 as volume,
    volume as volume_e4,
    mix / 10000.0 as mix,
    mix as mix_e4,
    new / 10000.0 as new,
    new as new_e4,
    discontinued / 10000.0 as discontinued,
    discontinued as discontinued_e4,
    other / 10000.0 as other,
    other as other_e4
from mart_variance_causes
