-- Every delivery and what became of it.
-- Grain: one row a delivery and layout.
-- Amounts stand twice: to read, and as exact ten-thousandths in ..._e4 to add.
select
    delivery,
    source_file,
    source_sha256,
    sender,
    "language",
    arrived_at,
    "size",
    layout,
    "table",
    frame,
    cover,
    "mode",
    status,
    reason,
    superseded_by,
    "rows"
from mart_files
