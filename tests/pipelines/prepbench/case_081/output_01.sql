-- One row a store and month.
select
    customer_code as "Store", concat('01/', substr(period, 6, 2), '/', substr(period, 1, 4)) as "Month",
    sum(case when measure = 'Sales' then value end) / 10000.0 as "Sales",
    sum(case when measure = 'Target' then value end) / 10000.0 as "Target",
    sum(case when measure = 'Difference' then value end) / 10000.0 as "Difference"
from stores group by customer_code, period
