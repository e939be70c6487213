-- Quarterly sales beside the target, as far as reading decides them.
with
sales as (
    select customer_code, (cast(substr(period, 6, 2) as int) + 2) // 3 as quarter, sum(value) as sales
    from sales group by customer_code, (cast(substr(period, 6, 2) as int) + 2) // 3
)
select
    t.customer_code as "Store", t.region_code as "Region", s.quarter as "Quarter",
    s.sales / 10000.0 as "Sales", t.value / 10000.0 as "Target Value"
from targets as t
inner join sales as s on t.customer_code = s.customer_code and cast(t.period as int) = s.quarter
