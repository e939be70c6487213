-- Products with their category as line and their subcategory as category; parts that are never sold have neither.
-- Grain: one row a product key.   Frames: product, subcategory, category
select
    product.source_file,
    product.source_sha256,
    product.source_sheet,
    product.source_row,
    product."ProductKey" as product_code,
    product."EnglishProductName" as name,
    coalesce(category."EnglishProductCategoryName", 'Not sold') as line,
    subcategory."EnglishProductSubcategoryName" as category,
    product."StandardCost" as standard_cost
from product
left join subcategory on product."ProductSubcategoryKey" = subcategory."ProductSubcategoryKey"
left join category on subcategory."ProductCategoryKey" = category."ProductCategoryKey"
