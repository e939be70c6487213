-- Is what C2 says arrived in the facts also what was loaded, by kind of sales document and month?
-- Only months that lie in the period with all their days are asked. A row is a kind and month where loaded lines
-- differ from raw less kept out and repeated, in ten-thousandths.
select
    sums.subject,
    sum(sums.loaded) as found,
    sum(sums.arrived) as expected
from (
    select
        'sales_line ' || document_kind || ' ' || substr(cast(document_date as varchar(10)), 1, 7) as subject,
        net_amount as loaded,
        0 as arrived
    from fact_sales_line
    where period = :period
    union all
    select
        subject,
        0 as loaded,
        left_amount as arrived
    from mart_tie_outs
    where period = :period and statement = 'kind_month_amount' and subject like 'sales_line %'
    union all
    select
        subject,
        0 as loaded,
        -coalesce(amount, 0) as arrived
    from mart_tie_out_item
    where period = :period and statement = 'kind_month_amount' and subject like 'sales_line %'
) as sums
where
    sums.subject in (
        select 'sales_line ' || line.document_kind || ' ' || substr(cast(line.document_date as varchar(10)), 1, 7)
        from fact_sales_line as line
        where
            line.period = :period
            and substr(cast(line.document_date as varchar(10)), 1, 7) between :first_month and :last_month
    )
group by sums.subject
having sum(sums.loaded) <> sum(sums.arrived)
