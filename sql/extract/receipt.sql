-- Receipts received from since to until, both days included.
-- Grain: one row per receipt_no.   Params: since, until
select
    receipt_no,
    received_on,
    customer_code,
    amount,
    method,
    reverses_receipt_no
from erp_receipt
where received_on >= :since and received_on <= :until
order by receipt_no
