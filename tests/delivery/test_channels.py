"""Each channel against a real server: what goes over the wire, what is signed, and what is said of a server that fails."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.company.delivery import Delivery
from pipelines.delivery.channels import Outcome, opened
from pipelines.delivery.credentials import Credentials, scrubbed
from pipelines.delivery.outbox import Message
from tests.delivery.servers import Hooks, Mailbox, free_port, hook_server, mail_server

NOW = datetime(2026, 11, 12, 4, 4, tzinfo=UTC)
PASSWORD, TOKEN, SECRET = "Pa55-unm1stakable", "t0ken-unm1stakable", "SECs1gn-unm1stakable"
MESSAGE = Message(
    recipient="cfo", name="王芳", channel="it", address="wang@fenghe.example", language="zh-Hans", event="published", period="2026-10",
    subject="2026年10月报表已发布", text="正文\n", html="<p>正文</p>", markdown="- **正文**", link="https://reports.example", tone="good",
    tells=("publication/2026-10/1",),
)  # fmt: skip
FILES = {"销售_2026-10.xlsx": b"PK-workbook", "page.html": b"<html></html>"}


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooks]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with hook_server() as found:
        yield found


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Mailbox]:
    with mail_server(tmp_path, free_port(), "closebook", PASSWORD) as found:
        yield found


def sent(channel: dict[str, Any], environment: dict[str, str], *messages: Message, files: dict[str, bytes] | None = None) -> list[Outcome]:
    delivery = Delivery.model_validate({"channels": {"it": channel}})
    one = opened("it", delivery.channels["it"], Credentials(delivery, environment))
    try:
        return [one.send(message, files or {}, NOW) for message in messages or (MESSAGE,)]
    finally:
        one.close()


def mail(box: Mailbox, **more: Any) -> dict[str, Any]:
    return {"kind": "smtp", "host": "127.0.0.1", "port": box.port, "user": "closebook", "password_env": "PASSWORD", "timeout": 5,
            "from": "closebook@fenghe.example", "from_name": "月结", "ca_file": str(box.cert), **more}  # fmt: skip


def hook(hooks: Hooks, kind: str, path: str, *, signed: bool = True) -> tuple[dict[str, Any], dict[str, str]]:
    channel = {"kind": kind, "url_env": "URL", "timeout": 2} | ({"secret_env": "SECRET"} if signed else {})
    return channel, {"URL": f"http://127.0.0.1:{hooks.port}{path}", "SECRET": SECRET}


def test_a_mail_goes_over_tls_with_a_login_text_page_and_files(box: Mailbox) -> None:
    assert sent(mail(box), {"PASSWORD": PASSWORD}, MESSAGE, files=FILES) == [Outcome("sent")]
    (got,) = box.mails
    assert box.logins == ["closebook"]
    assert got["Subject"] == "2026年10月报表已发布"
    assert [(one.display_name, one.addr_spec) for one in (*got["From"].addresses, *got["To"].addresses)] == [
        ("月结", "closebook@fenghe.example"), ("王芳", "wang@fenghe.example")
    ]  # fmt: skip
    assert got["Message-ID"] == f"<{MESSAGE.id}@fenghe.example>"
    assert got["Date"].datetime == NOW
    assert got.get_body(("plain",)).get_content().strip() == "正文"
    assert "<p>正文</p>" in got.get_body(("html",)).get_content()
    assert {one.get_filename(): one.get_payload(decode=True) for one in got.iter_attachments()} == FILES


def test_a_server_whose_certificate_nobody_knows_gets_no_password(box: Mailbox) -> None:
    (outcome,) = sent(mail(box, ca_file=""), {"PASSWORD": PASSWORD})
    assert outcome.state == "unreachable"
    assert "self-signed certificate" in outcome.why
    assert box.logins == []


def test_a_wrong_password_is_said_by_its_code_and_never_repeated(box: Mailbox) -> None:
    (outcome,) = sent(mail(box), {"PASSWORD": "wr0ng-unm1stakable"})
    assert outcome.state == "unreachable"
    assert "does not accept closebook with this password (code 535)" in outcome.why
    assert "unm1stakable" not in outcome.why


def test_one_refused_address_leaves_the_others(box: Mailbox) -> None:
    from dataclasses import replace

    box.refused = {"gone@fenghe.example"}
    gone = replace(MESSAGE, recipient="gone", address="gone@fenghe.example")
    refused, taken = sent(mail(box), {"PASSWORD": PASSWORD}, gone, MESSAGE)
    assert (refused.state, taken.state) == ("refused", "sent")
    assert "gone@fenghe.example (code 550)" in refused.why
    assert PASSWORD not in refused.why
    assert [one["To"] for one in box.mails] == ["王芳 <wang@fenghe.example>"]


def test_what_a_server_says_to_the_data_is_not_repeated(box: Mailbox) -> None:
    box.answer = f"554 5.6.0 refused, your password is {PASSWORD}"
    (outcome,) = sent(mail(box), {"PASSWORD": PASSWORD})
    assert outcome == Outcome("refused", f"the mail server 127.0.0.1:{box.port} does not take this message (code 554)")


def test_a_variable_that_is_not_set_is_named_with_whom_it_would_reach(box: Mailbox) -> None:
    (outcome,) = sent(mail(box), {})
    assert outcome == Outcome("unreachable", "PASSWORD is not set where closebook runs; without it the channel it does not reach cfo")


def test_a_server_that_is_down_is_said_so() -> None:
    port = free_port()
    (outcome,) = sent({"kind": "smtp", "host": "127.0.0.1", "port": port, "security": "none", "from": "a@b.c", "timeout": 2}, {})
    assert outcome == Outcome("unreachable", f"the mail server 127.0.0.1:{port} cannot be reached: Connection refused")


def test_wecom_gets_markdown(hooks: Hooks) -> None:
    channel, environment = hook(hooks, "wecom", f"/cgi-bin/webhook/send?key={TOKEN}", signed=False)
    assert sent(channel, environment) == [Outcome("sent")]
    (got,) = hooks.requests
    assert (got.path, got.query) == ("/cgi-bin/webhook/send", {"key": TOKEN})
    assert got.body == {"msgtype": "markdown", "markdown": {"content": "## 2026年10月报表已发布\n- **正文**"}}
    assert got.headers["Content-Type"].startswith("application/json")


def test_dingtalk_gets_markdown_signed_in_the_address(hooks: Hooks) -> None:
    channel, environment = hook(hooks, "dingtalk", f"/robot/send?access_token={TOKEN}")
    assert sent(channel, environment) == [Outcome("sent")]
    (got,) = hooks.requests
    stamp = str(int(NOW.timestamp() * 1000))
    wanted = base64.b64encode(hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()).decode()
    assert got.query == {"access_token": TOKEN, "timestamp": stamp, "sign": wanted}
    assert got.body == {
        "msgtype": "markdown", "markdown": {"title": "2026年10月报表已发布", "text": "### 2026年10月报表已发布\n\n- **正文**"}
    }  # fmt: skip


def test_feishu_gets_a_card_signed_in_the_body(hooks: Hooks) -> None:
    channel, environment = hook(hooks, "feishu", f"/open-apis/bot/v2/hook/{TOKEN}")
    assert sent(channel, environment) == [Outcome("sent")]
    body = hooks.requests[0].body
    stamp = str(int(NOW.timestamp()))
    wanted = base64.b64encode(hmac.new(f"{stamp}\n{SECRET}".encode(), b"", hashlib.sha256).digest()).decode()
    assert (body["timestamp"], body["sign"], body["msg_type"]) == (stamp, wanted, "interactive")
    assert body["card"]["header"] == {"title": {"tag": "plain_text", "content": "2026年10月报表已发布"}, "template": "green"}
    assert body["card"]["elements"] == [{"tag": "markdown", "content": "- **正文**"}]


def test_another_server_gets_everything_signed_in_a_header(hooks: Hooks) -> None:
    channel, environment = hook(hooks, "generic", "/in")
    assert sent(channel, environment, MESSAGE, files=FILES) == [Outcome("sent")]
    (got,) = hooks.requests
    assert got.headers["X-Closebook-Signature"] == "sha256=" + hmac.new(SECRET.encode(), got.raw, hashlib.sha256).hexdigest()
    assert (got.headers["X-Closebook-Id"], got.body["id"]) == (MESSAGE.id, MESSAGE.id)
    assert {one["name"]: base64.b64decode(one["content"]) for one in got.body["attachments"]} == FILES
    assert (got.body["event"], got.body["period"], got.body["text"]) == ("published", "2026-10", "正文\n")


@pytest.mark.parametrize(
    ("kind", "status", "said", "state", "why"),
    [
        ("wecom", 200, '{"errcode": 93000, "errmsg": "invalid webhook url"}', "refused", "the robot of URL answers with errcode 93000"),
        ("dingtalk", 200, '{"errcode": 310000, "errmsg": "sign not match"}', "refused", "the robot of URL answers with errcode 310000"),
        ("feishu", 200, '{"code": 19021, "msg": "sign match fail"}', "refused", "the robot of URL answers with code 19021"),
        ("feishu", 200, "<html>a gateway's page</html>", "refused", "the robot of URL answers with code -1"),
        ("wecom", 404, f"no robot {TOKEN}", "refused", "the server of URL answers HTTP 404"),
        ("generic", 302, "elsewhere", "refused", "the server of URL answers HTTP 302"),
        ("generic", 429, "slowly", "unreachable", "the server of URL answers HTTP 429"),
        ("generic", 500, f"Traceback: POST /send?key={TOKEN}", "unreachable", "the server of URL answers HTTP 500"),
    ],
)
def test_a_server_that_fails_is_said_by_its_code(hooks: Hooks, kind: str, status: int, said: str, state: str, why: str) -> None:
    hooks.answer = lambda _: (status, said)
    channel, environment = hook(hooks, kind, f"/send?key={TOKEN}", signed=False)
    assert sent(channel, environment) == [Outcome(state, why)]  # type: ignore[arg-type]
    assert hooks.of("/elsewhere") == []


def test_a_token_is_never_sent_in_clear_over_a_network() -> None:
    (outcome,) = sent({"kind": "generic", "url_env": "URL"}, {"URL": f"http://robots.example/send?key={TOKEN}"})
    assert outcome.state == "unreachable"
    assert "no https address" in outcome.why
    assert TOKEN not in outcome.why


@pytest.mark.parametrize("form", [PASSWORD, base64.b64encode(PASSWORD.encode()).decode(), TOKEN, f"/send?key={TOKEN}", "a%2Fb%2B12345", "a/b+12345"])
def test_secrets_are_found_in_every_form(form: str) -> None:
    told = scrubbed(f"it said '{form}'.", [PASSWORD, f"https://robot.example/send?key={TOKEN}", "a/b+12345"])
    assert told == "it said '•••'."
