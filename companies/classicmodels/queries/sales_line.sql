-- Order lines with the date, customer and status of their order; the amount is quantity times price.
-- Grain: one row an order line.   Frames: details, orders, products
select
    details.source_file,
    details.source_sha256,
    details.source_sheet,
    details.source_row,
    details."orderNumber" as document_no,
    details."orderLineNumber" as line_no,
    orders."orderDate" as document_date,
    orders."shippedDate" as shipped_on,
    orders."customerNumber" as customer_code,
    orders.status as _status,
    details."productCode" as product_code,
    details."quantityOrdered" as qty,
    details."priceEach" as unit_price,
    cast(cast(details."quantityOrdered" as bigint) * cast(details."priceEach" as decimal(18, 2)) as varchar) as net_amount,
    cast(cast(details."quantityOrdered" as bigint) * cast(products."buyPrice" as decimal(18, 2)) as varchar) as cost_amount
from details
left join orders on details."orderNumber" = orders."orderNumber"
left join products on details."productCode" = products."productCode"
