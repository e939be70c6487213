-- Weeks above the profit minimum in both measures.
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
)
select
    w.product_line as "Type", w.week as "Week", w.volume as "Sales Volume", w.amount as "Sales Value",
    p.volume as "Profit Min Sales Volume", p.amount as "Profit Min Sales Value"
from weekly as w
inner join least as p on w.product_line = p.product_line and w.week = p.week
where w.volume >= p.volume and w.amount >= p.amount
