-- Price against target by month and class.
with
sold as (
    select item, date_part('month', spent_on) as month, sum(amount) as price from sales group by item, date_part('month', spent_on)
)
select
    s.month as "Date", s.item as "Class", s.price / 10000.0 as "Price", t.value / 10000.0 as "Target",
    (s.price - t.value) / 10000.0 as "Difference to Target"
from sold as s
inner join targets as t on s.item = t.product_line and s.month = cast(t.period as int)
