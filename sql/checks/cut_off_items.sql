-- Do the documents that C12 lists lead from each region's sales by invoice to its sales by shipment?
-- A row is a region where they do not, in ten-thousandths.
select
    sums.region_code as subject,
    sum(sums.listed) as found,
    sum(sums.apart) as expected
from (
    select
        subject as region_code,
        amount as listed,
        0 as apart
    from mart_tie_out_item
    where period = :period and statement = 'cut_off_bridge' and kind = 'crossing'
    union all
    select
        region_code,
        0 as listed,
        by_shipment - by_invoice as apart
    from mart_cut_off
    where period = :period
) as sums
group by sums.region_code
having sum(sums.listed) <> sum(sums.apart)
