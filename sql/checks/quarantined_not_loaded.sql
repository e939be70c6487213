-- Is no row that was refused among the loaded ones?
-- A row is a refused sales line or receipt that is loaded all the same.
select
    line.source_file || '!' || cast(line.source_row as varchar(12)) as subject,
    1 as found,
    0 as expected
from fact_sales_line as line
inner join mart_quarantine as refused
    on
        line.source_sha256 = refused.source_sha256
        and line.source_sheet = refused.source_sheet
        and line.source_row = refused.source_row
        and line.source_column = refused.source_column
where
    line.period = :period
    and refused."table" = 'sales_line'
    and refused.severity = 'error'
    and refused.reason_no = 1
union all
select
    receipt.source_file || '!' || cast(receipt.source_row as varchar(12)) as subject,
    1 as found,
    0 as expected
from fact_receipt as receipt
inner join mart_quarantine as refused
    on
        receipt.source_sha256 = refused.source_sha256
        and receipt.source_sheet = refused.source_sheet
        and receipt.source_row = refused.source_row
        and receipt.source_column = refused.source_column
where
    receipt.period = :period
    and refused."table" = 'receipt'
    and refused.severity = 'error'
    and refused.reason_no = 1
