"""The shelf: same content, no new version and no new publication; neither is ever changed."""

import hashlib

import polars as pl
import pytest

from pipelines.errors import ClosebookError
from pipelines.publish.code import code_version, keep_code, unpack_code
from pipelines.publish.shelf import Shelf


def shelf(tmp_path):
    return Shelf(tmp_path / "shelf", tmp_path / "manifests")


def test_same_content_is_no_new_version(tmp_path):
    one = shelf(tmp_path)
    first = one.put("2026-10", "R4", "a" * 64, {"r.html": b"first"}, {"r.html": "b" * 64})
    one.publish("2026-10", {"reports": [{"digest": first.digest, "files": first.files, "proofs": first.proofs}]}, {"R4": first}, {})
    again = one.put("2026-10", "R4", "a" * 64, {"r.html": b"other sources, same figures"})
    assert (first.version, first.is_new, again.version, again.is_new) == (1, True, 1, False)
    assert (again.folder / "r.html").read_bytes() == b"first"
    assert again.proofs == first.proofs == {"r.html": "b" * 64}
    assert again.files == first.files == {"r.html": hashlib.sha256(b"first").hexdigest()}


def test_another_content_is_the_next_version_and_the_first_stays(tmp_path):
    one = shelf(tmp_path)
    for digest in ("a" * 64, "b" * 64):
        one.publish("2026-10", {}, {"R4": one.put("2026-10", "R4", digest, {"r.html": digest.encode()})}, {})
    assert one.versions("2026-10", "R4") == ["a" * 64, "b" * 64]
    assert (tmp_path / "shelf/2026-10/R4" / ("a" * 12) / "r.html").read_bytes() == b"a" * 64


def test_a_publication_is_another_one_only_when_what_it_publishes_is(tmp_path):
    one = shelf(tmp_path)
    placed = {"R4": one.put("2026-10", "R4", "a" * 64, {"r.html": b"a"})}
    first = one.publish("2026-10", {"as_of": "2026-10-31", "code_version": "1"}, placed, {})
    before = one.manifest_path("2026-10", 1).read_bytes()
    assert one.publish("2026-10", {"as_of": "2026-10-31", "code_version": "2"}, placed, {}) == first
    assert (one.publications("2026-10"), one.manifest_path("2026-10", 1).read_bytes()) == ([1], before)
    for number, other in enumerate(({"as_of": "2026-10-30"}, {"as_of": "2026-10-31", "withheld": [{"id": "R11"}]}), start=2):
        assert one.publish("2026-10", other, placed, {})["publication"] == number
    assert one.manifest_path("2026-10", 1).read_bytes() == before
    assert one.manifest("2026-10", 1) == first
    assert one.manifest("2026-10") == one.manifest("2026-10", 3)
    assert (one.manifest("2026-10", 4), one.manifest("2026-11"), one.periods()) == (None, None, ["2026-10"])


def test_a_version_without_manifest_is_written_again(tmp_path):
    one = shelf(tmp_path)
    one.put("2026-10", "R4", "a" * 64, {"r.html": b"left by a killed run"})
    placed = one.put("2026-10", "R4", "a" * 64, {"r.html": b"whole"})
    assert placed.is_new
    assert (placed.folder / "r.html").read_bytes() == b"whole"


def test_the_code_version_does_not_depend_on_the_working_folder(tmp_path, monkeypatch):
    before = code_version()
    monkeypatch.chdir(tmp_path)
    assert code_version() == before


def test_the_code_that_published_is_kept_and_comes_back_whole(tmp_path):
    keep_code(tmp_path, code_version())
    unpack_code(tmp_path, code_version(), tmp_path / "there")
    assert (tmp_path / "there" / "assets" / "command.py").is_file()
    with pytest.raises(ClosebookError, match="was not kept here"):
        unpack_code(tmp_path, "0" * 64, tmp_path / "nowhere")
    (tmp_path / "code" / f"{code_version()}.zip").rename(tmp_path / "code" / f"{'1' * 64}.zip")
    with pytest.raises(ClosebookError, match="not the one that its name says"):
        unpack_code(tmp_path, "1" * 64, tmp_path / "other")


def test_the_frames_of_a_publication_are_kept_once(tmp_path):
    one, frame = shelf(tmp_path), pl.DataFrame({"amount": [1, 2]})
    first = one.publish("2026-10", {"as_of": "2026-10-31"}, {}, {"sales": frame, "same": frame})
    assert first["frames"]["sales"] == first["frames"]["same"]
    assert pl.read_parquet(one.frame_path(first["frames"]["sales"])).equals(frame)
    one.publish("2026-10", {"as_of": "2026-10-31"}, {}, {"sales": pl.DataFrame({"amount": [3]})})
    assert len(list((tmp_path / "kept").rglob("*.parquet"))) == 1, "the same content is no new publication"
