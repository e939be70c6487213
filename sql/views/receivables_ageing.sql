-- What is owed by age, by due date, by document date and with the oldest paid first.
-- Grain: one row a period, customer_code, basis and bucket.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    as_of,
    customer_code,
    customer_name,
    parent_code,
    department,
    region_code,
    employee_code,
    basis,
    bucket_no,
    bucket,
    amount / 10000.0 as amount,
    amount as amount_e4,
    documents
from mart_receivables_ageing
