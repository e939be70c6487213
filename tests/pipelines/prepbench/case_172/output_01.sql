-- One row a shop and month: each metric beside its target.
select
    v.customer_code as "Shop", concat('01/', substr(v.period, 6, 2), '/', substr(v.period, 1, 4)) as "Date",
    sum(case when v.measure = '% Orders Shipped in 3 days' then v.value end) / 10000.0 as "% Orders Shipped in 3 days",
    sum(case when v.measure = '% Orders Shipped in 3 days' then t.target end) / 10000.0 as "Target - % Orders Shipped in 3 days",
    sum(case when v.measure = '% Orders Shipped in 5 days' then v.value end) / 10000.0 as "% Orders Shipped in 5 days",
    sum(case when v.measure = '% Orders Shipped in 5 days' then t.target end) / 10000.0 as "Target - % Orders Shipped in 5 days",
    sum(case when v.measure = '% Returns Processed in 3 days' then v.value end) / 10000.0 as "% Returns Processed in 3 days",
    sum(case when v.measure = '% Returns Processed in 3 days' then t.target end) / 10000.0 as "Target - % Returns Processed in 3 days",
    sum(case when v.measure = '% Returns Processed in 5 days' then v.value end) / 10000.0 as "% Returns Processed in 5 days",
    sum(case when v.measure = '% Returns Processed in 5 days' then t.target end) / 10000.0 as "Target - % Returns Processed in 5 days",
    sum(case when v.measure = '# Complaints Received' then v.value end) / 10000.0 as "# Complaints Received",
    sum(case when v.measure = '# Complaints Received' then t.target end) / 10000.0 as "Target - # Complaints Received"
from "values" as v
inner join targets as t on v.customer_code = t.scope and v.measure = t.kpi
group by v.customer_code, v.period
