-- Employees with their full name; who sells is marked by SalesPersonFlag.
-- Grain: one row an employee.   Frames: employee
select
    source_file,
    source_sha256,
    source_sheet,
    source_row,
    "EmployeeKey" as employee_code,
    "FirstName" || ' ' || "LastName" as name,
    case
        when "SalesPersonFlag" = '0' then 'clerk'
        when "Title" like '%Manager' or "Title" like 'Vice President%' then 'region_manager'
        else 'salesperson'
    end as role,
    "SalesTerritoryKey" as region_code,
    "HireDate" as hired_on,
    "ParentEmployeeKey" as manager_code
from employee
