-- Does every key of the period stand once in its table?
-- A row is a key that stands more often; found says how often.
select
    'fact_sales_line ' || document_no || ' ' || line_no as subject,
    count(*) as found,
    1 as expected
from fact_sales_line
where period = :period
group by document_no, line_no
having count(*) > 1
union all
select
    'fact_receipt ' || receipt_no as subject,
    count(*) as found,
    1 as expected
from fact_receipt
where period = :period
group by receipt_no
having count(*) > 1
union all
select
    'fact_adjustment ' || adjustment_no as subject,
    count(*) as found,
    1 as expected
from fact_adjustment
where period = :period
group by adjustment_no
having count(*) > 1
union all
select
    'fact_expense ' || voucher_no || ' ' || line_no as subject,
    count(*) as found,
    1 as expected
from fact_expense
where period = :period
group by voucher_no, line_no
having count(*) > 1
union all
select
    'mart_receivables ' || customer_code as subject,
    count(*) as found,
    1 as expected
from mart_receivables
where period = :period
group by customer_code
having count(*) > 1
union all
select
    'mart_plan_actual ' || cut || ' ' || coalesce("key", '') || ' ' || coalesce(key2, '') || ' ' || measure || ' ' || coalesce(unit, '')
        as subject,
    count(*) as found,
    1 as expected
from mart_plan_actual
where period = :period
group by cut, "key", key2, measure, unit
having count(*) > 1
