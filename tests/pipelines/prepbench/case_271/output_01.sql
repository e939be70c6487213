-- Budget beside actual by category.
select
    b.product_line as "Category", b.value / 10000.0 as "Forecasted Spending", a.amount / 10000.0 as "Actual Spending",
    round((a.amount - b.value) / 10000.0) as "Difference"
from budget as b
inner join actual as a on b.product_line = a.item
