"""Every mart by name, collected from the modules of their subjects."""

from __future__ import annotations

from pipelines.contracts.marts_assessment import ASSESSMENT_MARTS
from pipelines.contracts.marts_control import CONTROL_MARTS
from pipelines.contracts.marts_dealers import DEALER_MARTS
from pipelines.contracts.marts_market import MARKET_MARTS
from pipelines.contracts.marts_pay import PAY_MARTS
from pipelines.contracts.marts_people import PEOPLE_MARTS
from pipelines.contracts.marts_receivables import RECEIVABLES_MARTS
from pipelines.contracts.marts_sales import SALES_MARTS
from pipelines.contracts.model import Contract

MARTS: dict[str, Contract] = {
    mart.name: mart
    for group in (SALES_MARTS, RECEIVABLES_MARTS, DEALER_MARTS, PEOPLE_MARTS, MARKET_MARTS, ASSESSMENT_MARTS, PAY_MARTS, CONTROL_MARTS)
    for mart in group
}
