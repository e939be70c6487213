-- Customers as they stand now; the ledger keeps every version that was extracted.
-- Grain: one row per customer_code.   Params: none
select
    customer_code,
    name,
    kind,
    region_code,
    employee_code,
    opened_on,
    credit_limit
from erp_customer
order by customer_code
