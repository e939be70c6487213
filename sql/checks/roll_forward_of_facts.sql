-- Are the sales and receipts of each customer's roll-forward the sums of the loaded documents of the period?
-- A row is a customer where they differ; found and expected are sales less receipts, with tax, in ten-thousandths.
select
    sums.customer_code as subject,
    sum(sums.mart) as found,
    sum(sums.fact) as expected
from (
    select
        customer_code,
        sales - returns - receipts as mart,
        0 as fact
    from mart_receivables_roll_forward
    where period = :period
    union all
    select
        line.customer_code,
        0 as mart,
        line.gross_amount as fact
    from fact_sales_line as line
    where
        line.period = :period
        and line.document_kind <> 'delivery'
        and exists (
            select 1 from mart_receivables_roll_forward as roll
            where roll.period = :period
        )
        and not exists (
            select 1 from mart_receivables_roll_forward as roll
            where roll.period = :period and line.document_date > roll.as_of
        )
    union all
    select
        receipt.customer_code,
        0 as mart,
        -receipt.amount as fact
    from fact_receipt as receipt
    where
        receipt.period = :period
        and exists (
            select 1 from mart_receivables_roll_forward as roll
            where roll.period = :period
        )
        and not exists (
            select 1 from mart_receivables_roll_forward as roll
            where roll.period = :period and receipt.received_on > roll.as_of
        )
) as sums
group by sums.customer_code
having sum(sums.mart) <> sum(sums.fact)
