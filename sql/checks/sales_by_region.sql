-- Is each region's actual in the plan comparison the sum of its loaded sales lines, deliveries apart, up to the business day?
-- A row is a region where the two differ, in ten-thousandths.
select
    sums.region_code as subject,
    sum(sums.mart) as found,
    sum(sums.fact) as expected
from (
    select
        coalesce(compared."key", '') as region_code,
        compared.actual as mart,
        0 as fact
    from mart_plan_actual as compared
    where compared.period = :period and compared.cut = 'region_code' and compared.measure = 'net_amount'
    union all
    select
        coalesce(line.region_code, '') as region_code,
        0 as mart,
        line.net_amount as fact
    from fact_sales_line as line
    where
        line.period = :period
        and line.document_kind <> 'delivery'
        and not exists (
            select 1 from mart_pace as pace
            where pace.period = :period and line.document_date > pace.as_of
        )
) as sums
group by sums.region_code
having sum(sums.mart) <> sum(sums.fact)
