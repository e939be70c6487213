"""``delivery.yaml``: what is refused, in which words, and that a secret written there is never repeated."""

from pathlib import Path

import pytest

from pipelines.company.delivery import Event, Slice, load_delivery
from pipelines.errors import ConfigurationError

SECRET = "Unm1stakable-s3cret"
MAIL = "channels:\n  mail: {kind: smtp, host: mail.example, from: closebook@fenghe.example}\n"
GROUP = "channels:\n  group: {kind: wecom, url_env: WECOM_URL}\n"


def written(folder: Path, text: str) -> Path:
    (folder / "delivery.yaml").write_text(text, "utf-8")
    return folder


def test_a_company_without_the_file_delivers_nothing(tmp_path: Path) -> None:
    assert load_delivery(tmp_path) is None


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    found = load_delivery(written(tmp_path, MAIL + (
        "portal_url: https://reports.fenghe.example/\n"
        "recipients:\n"
        "  - {id: cfo, name: 王芳, channel: mail, address: wang@fenghe.example, events: [published, failed_check], owns: [finance]}\n"
        "  - {id: north, name: 李强, channel: mail, address: li@fenghe.example, events: [published], slice: {regions: [R03, R01]}}\n"
        "senders: {channel: mail}\n"
    )))
    assert found is not None
    assert found.portal_url == "https://reports.fenghe.example"
    assert [one.slice for one in found.recipients] == ["whole", Slice(regions=("R03", "R01"))]
    assert isinstance(found.recipients[1].slice, Slice)
    assert (found.recipients[1].slice.kind, found.recipients[1].slice.codes) == ("regions", ("R01", "R03"))
    assert found.senders is not None
    assert found.senders.events == (Event.LATE_SENDER, Event.RETURNED)


def test_the_example_in_the_docs_is_right(tmp_path: Path) -> None:
    example = (Path(__file__).parents[2] / "docs" / "delivery.md").read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    found = load_delivery(written(tmp_path, example))
    assert found is not None
    assert [one.id for one in found.recipients] == ["cfo", "finance-group", "region-north"]
    assert found.variables() == ("CLOSEBOOK_SMTP_PASSWORD", "FINANCE_GROUP_URL", "SALES_GROUP_SECRET", "SALES_GROUP_URL")


ONE = "recipients:\n  - {id: a, name: A, channel: "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MAIL + f"  robot: {{kind: wecom, url_env: 'https://qyapi.example/send?key={SECRET}'}}\n", "name an environment variable"),
        (MAIL.replace("host:", f"user: me, password_env: {SECRET}, host:"), "name an environment variable"),
        (MAIL.replace("host:", f"password: {SECRET}, host:"), "'channels.mail.smtp.password' is not a known key"),
        (MAIL + f"portal_url: https://me:{SECRET}@reports.example\n", "without a password"),
        (MAIL.replace("host:", "user: me, host:"), "user and password_env go together"),
        (MAIL.replace("host:", "user: me, password_env: P, security: none, host:"), "never sent in clear"),
        (GROUP.replace("}", ", secret_env: S}"), "no signing secret"),
        (MAIL + ONE + "post, events: [published]}\n", "there is no channel post; the channels are mail"),
        (MAIL + ONE + "mail, events: [published]}\n", "recipient a: an address is needed"),
        (GROUP + ONE + "group, address: a@b.c, events: [published]}\n", "a webhook has no address"),
        (MAIL + ONE + 'mail, address: "a@b.c\\nBcc: x@y.z", events: [published]}\n', "not an e-mail address"),
        (MAIL + ONE + "mail, address: a@b.c, events: [returned]}\n", "put it under senders"),
        (MAIL + ONE + "mail, address: a@b.c, events: [failure], slice: {regions: [R1]}}\n", "failure tells of the whole company"),
        (MAIL + ONE + "mail, address: a@b.c, events: [published], slice: {regions: [R1]}, attach: {reports: [R4]}}\n", "own figures"),
        (MAIL + ONE + "mail, address: a@b.c, events: [published], slice: {regions: [R1], dealers: [D1]}}\n", "codes of one kind"),
        (GROUP + "senders: {channel: group}\n", "their channel is a mail server"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_without_its_value(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        load_delivery(written(tmp_path, text))
    assert said in str(told.value)
    assert "delivery.yaml:" in str(told.value)
    assert SECRET not in str(told.value)
