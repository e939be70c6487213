-- Sales lines whose document date lies from since to until, both days included.
-- Grain: one row per document_no, line_no.   Params: since, until
-- An example for an ERP that keeps documents and their lines apart; copy it and put in your own names.
with
documents as (
    select *
    from erp_document
    where document_date >= :since and document_date <= :until and status = 'posted'
),

lines as (select * from erp_document_line)

select
    d.document_no,
    l.line_no,
    case when d.is_red = 1 then 'red_slip' else 'invoice' end as document_kind,
    d.document_date,
    d.due_on,
    d.customer_code,
    d.employee_code,
    l.product_code,
    l.qty,
    l.unit,
    l.unit_price,
    l.net_amount,
    l.tax_amount,
    l.net_amount + l.tax_amount as gross_amount
from documents as d
inner join lines as l on d.document_no = l.document_no
order by d.document_no, l.line_no
