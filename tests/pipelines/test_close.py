"""Signing, closing, opening again, and the journal that holds them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import storage
from pipelines.company.people import People, Person, Role, load_people
from pipelines.errors import ConfigurationError, JournalBroken, NotAllowed
from pipelines.publish import close
from pipelines.publish.journal import START, Journal
from pipelines.publish.signing import new_key

PERIOD, NOON = "2026-10", datetime(2026, 11, 5, 4, 0, tzinfo=UTC)
DIGEST, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path)
    publish(journal)
    return journal


@pytest.fixture
def keys(tmp_path: Path) -> tuple[People, dict[str, Path]]:
    files = {name: tmp_path / f"{name}.pem" for name in ("wang", "li")}
    public = {name: new_key(path) for name, path in files.items()}
    return People(people=(
        Person(id="wang", name="王芳", roles=(Role.PREPARER, Role.APPROVER), public_key=public["wang"]),
        Person(id="li", name="李强", roles=(Role.APPROVER,), public_key=public["li"]),
        Person(id="zhao", name="赵敏", roles=(Role.PREPARER, Role.APPROVER)),
    )), files  # fmt: skip


def publish(journal: Journal, number: int = 1, digest: str = DIGEST, period: str = PERIOD) -> None:
    journal.append("published", period, "closebook", "2026-11-02T01:00:00.000000Z", {"publication": number, "digest": digest})


def sign(journal: Journal, people: People, by: str, role: Role, key: Path | None = None) -> close.Signature:
    return close.add_signature(journal, "mine", people, PERIOD, by, role, NOON, key)


def test_two_people_sign_the_content_and_the_period_closes(journal: Journal, keys: tuple[People, dict[str, Path]]) -> None:
    people, files = keys
    first = sign(journal, people, "wang", Role.PREPARER, files["wang"])
    second = sign(journal, people, "li", Role.APPROVER, files["li"])
    assert (first.digest, second.digest, first.authenticated, second.authenticated) == (DIGEST, DIGEST, True, True)
    state = close.close(journal, people, PERIOD, "li", NOON)
    assert (state.closed, [one.by for one in state.in_force]) == (True, ["wang", "li"])
    assert close.forged(journal.entries()) == []


def test_without_a_key_it_is_declared_only(journal: Journal, keys: tuple[People, dict[str, Path]]) -> None:
    people, files = keys
    with pytest.raises(NotAllowed, match="no public_key"):
        sign(journal, people, "zhao", Role.PREPARER, files["li"])
    assert sign(journal, people, "zhao", Role.PREPARER).authenticated is False
    with pytest.raises(NotAllowed, match="has a key in people.yaml"):
        sign(journal, people, "li", Role.APPROVER)


@pytest.mark.parametrize(
    ("by", "role", "key", "sentence"),
    [
        ("li", Role.APPROVER, "li", "preparer signs first"),
        ("li", Role.PREPARER, "li", "li is approver in the company's people.yaml, not preparer"),
        ("sun", Role.PREPARER, None, "sun is not in the company's people.yaml; it lists wang, li, zhao"),
        ("wang", Role.PREPARER, "li", "public half is not the one"),
    ],
)
def test_who_may_not_sign(
    journal: Journal, keys: tuple[People, dict[str, Path]], by: str, role: Role, key: str | None, sentence: str
) -> None:
    people, files = keys
    with pytest.raises(NotAllowed, match=sentence):
        sign(journal, people, by, role, files[key] if key else None)
    assert close.standing(journal.entries(), PERIOD).signatures == ()


def test_one_person_is_not_both(journal: Journal, keys: tuple[People, dict[str, Path]]) -> None:
    people, files = keys
    sign(journal, people, "wang", Role.PREPARER, files["wang"])
    with pytest.raises(NotAllowed, match="The approver is another person"):
        sign(journal, people, "wang", Role.APPROVER, files["wang"])
    with pytest.raises(NotAllowed, match="signed already as preparer, by wang"):
        sign(journal, people, "zhao", Role.PREPARER)
    with pytest.raises(NotAllowed, match="publication 1 is not signed as approver"):
        close.close(journal, people, PERIOD, "wang", NOON)
    with pytest.raises(NotAllowed, match="not in the company's people.yaml"):
        close.close(journal, people, PERIOD, "sun", NOON)


def test_another_publication_suspends_the_signatures(journal: Journal, keys: tuple[People, dict[str, Path]]) -> None:
    people, files = keys
    sign(journal, people, "wang", Role.PREPARER, files["wang"])
    sign(journal, people, "li", Role.APPROVER, files["li"])
    close.close(journal, people, PERIOD, "li", NOON)
    with pytest.raises(NotAllowed, match="say why"):
        close.reopen(journal, people, PERIOD, "li", " ", NOON)
    state = close.reopen(journal, people, PERIOD, "li", "an invoice came late", NOON)
    assert (state.closed, len(state.in_force)) == (False, 2)
    publish(journal, 2, OTHER)
    state = close.standing(journal.entries(), PERIOD)
    assert (state.publication, state.in_force, [one.suspended for one in state.signatures]) == (2, (), [True, True])
    assert state.reopened is not None
    assert state.reopened.details["why"] == "an invoice came late"
    with pytest.raises(NotAllowed, match="not signed as preparer and approver"):
        close.close(journal, people, PERIOD, "li", NOON)


def test_periods_do_not_touch_one_another(journal: Journal, keys: tuple[People, dict[str, Path]]) -> None:
    people, files = keys
    sign(journal, people, "wang", Role.PREPARER, files["wang"])
    publish(journal, 1, OTHER, "2026-09")
    assert [one.by for one in close.standing(journal.entries(), PERIOD).in_force] == ["wang"]
    assert close.standing(journal.entries(), "2026-09").signatures == ()
    with pytest.raises(NotAllowed, match="nothing is published"):
        close.add_signature(journal, "mine", people, "2026-08", "wang", Role.PREPARER, NOON, files["wang"])


def test_a_signature_moved_to_another_content_is_found(journal: Journal, keys: tuple[People, dict[str, Path]]) -> None:
    """Somebody who writes the whole chain anew still cannot sign."""
    people, files = keys
    sign(journal, people, "wang", Role.PREPARER, files["wang"])
    taken = journal.entries()[-1]
    forged = Journal(journal.path.parent / "forged")
    publish(forged, 1, OTHER)
    forged.append("signed", PERIOD, "wang", taken.at, {**taken.details, "digest": OTHER})
    assert forged.problems() == []
    assert close.forged(forged.entries()) == ["line 2: wang's signature of 2026-10 is not by the key that it names, over what it names."]


lines = st.lists(st.tuples(st.sampled_from(("published", "signed", "reopened")), st.text(max_size=5), st.integers(0, 9)), min_size=2, max_size=6)


@given(lines=lines, data=st.data())
def test_a_changed_removed_or_moved_line_is_named(tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str, int]], data: st.DataObject) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal"))
    for act, by, value in lines:
        journal.append(act, PERIOD, by, "2026-11-02T01:00:00.000000Z", {"value": value})
    assert journal.problems() == []
    written = journal.path.read_text("utf-8").split("\n")[:-1]
    place = data.draw(st.integers(0, len(written) - 2))
    match data.draw(st.sampled_from(("change", "remove", "swap", "spoil"))):
        case "change":
            said = json.loads(written[place])
            written[place] = json.dumps({**said, "details": {"value": said["details"]["value"] + 1}}, ensure_ascii=False)
        case "remove":
            del written[place]
        case "swap":
            written[place], written[place + 1] = written[place + 1], written[place]
        case "spoil":
            written[place] = written[place][:-3]
    journal.path.write_text("".join(line + "\n" for line in written), "utf-8", newline="\n")
    problems = journal.problems()
    assert problems
    assert problems[0].startswith(f"{journal.path}:{place + 1}: ")
    with pytest.raises(JournalBroken):
        journal.entries()


def test_a_line_that_was_not_finished_was_never_said(journal: Journal) -> None:
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + b'{"number":2,"at"')
    assert (journal.problems(), len(journal.entries())) == ([], 1)
    publish(journal, 2, OTHER)
    assert journal.path.read_bytes().startswith(whole)
    assert [entry.number for entry in journal.entries()] == [1, 2]


@pytest.mark.parametrize("label", ["before journal", "written journal", "synced journal"])
def test_killed_while_a_line_is_written(journal: Journal, monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    class Killed(BaseException):
        pass

    def kill(here: str) -> None:
        if here == label:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(storage, "checkpoint", kill)
        with pytest.raises(Killed):
            publish(journal, 2, OTHER)
    assert journal.problems() == []
    assert len(journal.entries()) in (1, 2)


def test_the_first_line_follows_nothing_and_acts_are_known(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert (journal.head(), journal.entries()) == (START, [])
    with pytest.raises(ValueError, match="the acts are"):
        journal.append("erased", PERIOD, "li", "2026-11-02T01:00:00.000000Z", {})


def test_people_are_validated_with_their_line(tmp_path: Path) -> None:
    assert load_people(tmp_path) == People()
    path = tmp_path / "people.yaml"
    path.write_text("people:\n  - id: a\n    name: A\n    roles: [preparer]\n    public_key: abc\n", "utf-8")
    with pytest.raises(ConfigurationError, match=r"people.yaml:5: people.0.public_key: .*Base64"):
        load_people(tmp_path)
    path.write_text("people:\n  - {id: a, name: A, roles: [preparer]}\n  - {id: a, name: B, roles: [chief]}\n", "utf-8")
    with pytest.raises(ConfigurationError, match=r"people.yaml:3: people.1.roles.0"):
        load_people(tmp_path)
    path.write_text("people:\n  - {id: a, name: A, roles: [preparer]}\n  - {id: a, name: B, roles: [approver]}\n", "utf-8")
    with pytest.raises(ConfigurationError, match="the id a stands here twice"):
        load_people(tmp_path)


def test_a_key_is_not_overwritten_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    new_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with pytest.raises(NotAllowed, match="is there already"):
        new_key(path)
    assert path.read_bytes() == before
