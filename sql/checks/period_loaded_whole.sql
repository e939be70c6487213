-- Is a period that has sales loaded with the marts that every such period has?
-- A row is a mart of which the period holds nothing.
select
    needed.subject,
    0 as found,
    1 as expected
from (
    select
        'mart_plan_actual' as subject,
        count(mart.period) as loaded,
        max(sale.sold) as sold
    from (
        select max(line.period) as sold
        from fact_sales_line as line
        where line.period = :period and line.document_kind <> 'delivery'
    ) as sale
    left join mart_plan_actual as mart on sale.sold = mart.period
    union all
    select
        'mart_plan_series' as subject,
        count(mart.period) as loaded,
        max(sale.sold) as sold
    from (
        select max(line.period) as sold
        from fact_sales_line as line
        where line.period = :period and line.document_kind <> 'delivery'
    ) as sale
    left join mart_plan_series as mart on sale.sold = mart.period
    union all
    select
        'mart_tie_outs' as subject,
        count(mart.period) as loaded,
        max(sale.sold) as sold
    from (
        select max(line.period) as sold
        from fact_sales_line as line
        where line.period = :period and line.document_kind <> 'delivery'
    ) as sale
    left join mart_tie_outs as mart on sale.sold = mart.period
) as needed
where needed.sold is not null and needed.loaded = 0
