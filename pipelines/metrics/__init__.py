"""What is measured: one module for each subject of the domain (M1, M3, M8, M14 so far). Pure functions of facts, company and period."""
