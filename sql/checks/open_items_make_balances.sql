-- Are each customer's listed open items, less the listed advances, the balance that is reported?
-- A row is a customer where they are not, in ten-thousandths.
select
    sums.customer_code as subject,
    sum(sums.listed) as found,
    sum(sums.balance) as expected
from (
    select
        customer_code,
        open_amount as listed,
        0 as balance
    from mart_open_items
    where period = :period
    union all
    select
        customer_code,
        -amount as listed,
        0 as balance
    from mart_advances
    where period = :period
    union all
    select
        customer_code,
        0 as listed,
        balance
    from mart_receivables
    where period = :period
) as sums
group by sums.customer_code
having sum(sums.listed) <> sum(sums.balance)
