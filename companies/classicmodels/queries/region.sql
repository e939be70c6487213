-- Countries as regions.
-- Grain: one row a country.   Frames: customers
select
    min(source_file) as source_file,
    min(source_sha256) as source_sha256,
    min(source_sheet) as source_sheet,
    min(source_row) as source_row,
    country as region_code,
    country as name
from customers
group by country
