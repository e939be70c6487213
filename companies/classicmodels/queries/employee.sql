-- Employees with their full name.
-- Grain: one row an employee.   Frames: employees
select
    source_file,
    source_sha256,
    source_sheet,
    source_row,
    "employeeNumber" as employee_code,
    "firstName" || ' ' || "lastName" as name,
    case when "jobTitle" = 'Sales Rep' then 'salesperson' when "jobTitle" like 'Sales Manager%' then 'region_manager' else 'clerk' end as role,
    "reportsTo" as manager_code
from employees
