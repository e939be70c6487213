-- Resellers with the territory of their place.
-- Grain: one row a reseller.   Frames: reseller, geography
select
    reseller.source_file,
    reseller.source_sha256,
    reseller.source_sheet,
    reseller.source_row,
    reseller."ResellerKey" as customer_code,
    reseller."ResellerName" as name,
    geography."SalesTerritoryKey" as region_code
from reseller
left join geography on reseller."GeographyKey" = geography."GeographyKey"
