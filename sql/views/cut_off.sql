-- Net sales by invoice and by shipment, and what was invoiced in one period and shipped in another between them.
-- Grain: one row a period and region_code. by_invoice − shipped_earlier − shipped_later − not_shipped
-- + invoiced_later + invoiced_earlier + not_invoiced = by_shipment.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    period,
    region_code,
    by_invoice / 10000.0 as by_invoice,
    by_invoice as by_invoice_e4,
    shipped_earlier / 10000.0 as shipped_earlier,
    shipped_earlier as shipped_earlier_e4,
    shipped_later / 10000.0 as shipped_later,
    shipped_later as shipped_later_e4,
    not_shipped / 10000.0 as not_shipped,
    not_shipped as not_shipped_e4,
    invoiced_later / 10000.0 as invoiced_later,
    invoiced_later as invoiced_later_e4,
    invoiced_earlier / 10000.0 as invoiced_earlier,
    invoiced_earlier as invoiced_earlier_e4,
    not_invoiced / 10000.0 as not_invoiced,
    not_invoiced as not_invoiced_e4,
    by_shipment / 10000.0 as by_shipment,
    by_shipment as by_shipment_e4
from mart_cut_off
