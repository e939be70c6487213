-- Weeks 5 to 8 that are below budget in a measure and not above the profit minimum in both.
with
weekly as (
    select
        product_line, date_part('week', cast(period as date)) as week,
        sum(case when measure = 'Volume' then value end) / 10000.0 as volume,
        sum(case when measure = 'Value' then value end) / 10000.0 as amount
    from weeks group by product_line, date_part('week', cast(period as date))
),
least as (
    select
        product_line, cast(period as int) as week,
        sum(case when measure = 'Volume' then value end) / 10000.0 as volume,
        sum(case when measure = 'Value' then value end) / 10000.0 as amount
    from profit group by product_line, cast(period as int)
),
budget_of as (
    select
        product_line, period,
        sum(case when measure = 'Volume' then value end) / 10000.0 as volume,
        sum(case when measure = 'Value' then value end) / 10000.0 as amount
    from budget group by product_line, period
),
joined as (
    select
        w.product_line, w.week, w.volume, w.amount, b.volume as budget_volume, b.amount as budget_amount,
        p.volume as least_volume, p.amount as least_amount
    from weekly as w
    inner join budget_of as b
        on w.product_line = b.product_line and b.period = case when w.week <= 5 then '2020-05-03' else '2020-08-06' end
    inner join least as p on w.product_line = p.product_line and w.week = p.week
    where w.week between 5 and 8
)
select
    product_line as "Type", week as "Week", volume as "Sales Volume", budget_volume as "Budget Volume",
    amount as "Sales Value", budget_amount as "Budget Value"
from joined
where not (volume >= least_volume and amount >= least_amount) and (volume < budget_volume or amount < budget_amount)
