"""Contracts agree with themselves, and what is generated from them is current."""

import io
import json
import re
from pathlib import Path

import openpyxl
import pytest

from pipelines.company.assessment import AssessmentFile
from pipelines.company.calendar import CalendarFile
from pipelines.company.delivery import Delivery
from pipelines.company.layouts import Layout
from pipelines.company.pay import PayFile
from pipelines.company.policy import Policy
from pipelines.contracts import CONTRACTS, LANGUAGES, Kind
from pipelines.contracts.dictionary import dictionary
from pipelines.contracts.marts import MARTS
from pipelines.errors import ConfigurationError
from pipelines.publish.schema import views
from pipelines.reports.writers.template import layout_for, template

ROOT = Path(__file__).parents[2]


def test_a_referenced_table_stands_before_the_one_that_refers_to_it():
    seen = set()
    for contract in CONTRACTS.values():
        seen.add(contract.name)
        for column in contract.columns:
            if column.references:
                table, name = column.references.split(".")
                assert table in seen, f"{contract.name}.{column.name}"
                CONTRACTS[table].column(name)


@pytest.mark.parametrize("contract", [*CONTRACTS.values(), *MARTS.values()], ids=lambda c: c.name)
def test_amounts_and_days_have_their_kind(contract):
    if contract.amount:
        assert contract.column(contract.amount).kind in (Kind.MONEY, Kind.QTY, Kind.NUMBER)
    if contract.dated:
        assert contract.column(contract.dated).kind is Kind.DATE
    if contract.versioned:
        assert "valid_from" in contract.grain


def test_the_data_dictionary_is_current():
    assert (ROOT / "docs" / "data_dictionary.md").read_text("utf-8") == dictionary(), "run: closebook docs"


@pytest.mark.parametrize(("name", "model"), [("policy", Policy), ("calendar", CalendarFile), ("layout", Layout), ("delivery", Delivery), ("pay", PayFile), ("assessment", AssessmentFile)])
def test_the_json_schemas_are_current(name, model):
    kept = json.loads((ROOT / "docs" / "schema" / f"{name}.json").read_text("utf-8"))
    assert kept == json.loads(json.dumps(model.model_json_schema())), "run: closebook docs"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", CONTRACTS)
def test_a_template_has_every_column_and_its_drop_downs(table, language):
    content = template(table, language)
    assert content == template(table, language)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    columns = CONTRACTS[table].columns
    assert [cell.value for cell in sheet[1]] == [column.label.said(language) for column in columns]
    listed = sum(bool(column.values) or column.kind is Kind.BOOL for column in columns)
    assert len(sheet.data_validations.dataValidation) == listed


@pytest.mark.parametrize("table", CONTRACTS)
def test_the_layout_of_a_template_is_a_layout(table):
    import yaml

    assert Layout.model_validate(yaml.safe_load(layout_for(CONTRACTS[table]))).table == table


def test_no_such_table_names_those_there_are():
    with pytest.raises(ConfigurationError, match="sales_line"):
        template("sales", "en")


def test_what_rows_of_confidential_tables_hold_is_told_by_no_view() -> None:
    confidential = {name for name, contract in {**CONTRACTS, **MARTS}.items() if contract.confidential}
    told = {name: text for name, text in views().items() if any(f"{kind}_{one}" in text for kind in ("fact", "mart") for one in confidential)}
    assert told == {}
    [hidden] = set(re.findall(r'"table" in \(([^)]*)\)', views()["quarantine"]))
    assert set(re.findall(r"'(\w+)'", hidden)) == confidential & set(CONTRACTS)
