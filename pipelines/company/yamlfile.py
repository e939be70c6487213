"""YAML files that know where each value stands, so that a configuration error names file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import pydantic
import yaml

from pipelines.errors import ConfigurationError

Model = TypeVar("Model", bound=pydantic.BaseModel)
Place = tuple[str | int, ...]
NOT_SHOWN = "not_shown"
"""Type of a validation error whose value is not printed: it may be a secret, or the whole file."""


class Strict(pydantic.BaseModel):
    """Base of every configuration model: a misspelt key is an error, a loaded value does not change."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


def load(path: Path, model: type[Model]) -> Model:
    """The file as ``model``. Raises ``ConfigurationError`` naming file, line, what was expected and found."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path}: the file is missing. A company's folder needs it.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 text. Save it as UTF-8.") from error
    try:
        content = yaml.load(text, Loader=_FAST)  # noqa: S506
    except yaml.YAMLError:
        content = _slowly(path, text)
    try:
        return model.model_validate(content or {})
    except pydantic.ValidationError as error:
        lines = _lines(yaml.compose(text, Loader=yaml.SafeLoader))
        raise ConfigurationError("\n".join(_sentence(path, lines, one) for one in error.errors())) from error


_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where the library was built with it; what is wrong with a file the other one says."""


def _slowly(path: Path, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{line}: not valid YAML: {getattr(error, 'problem', error)}.") from error


def _lines(node: yaml.Node | None, place: Place = ()) -> dict[Place, int]:
    found: dict[Place, int] = {place: node.start_mark.line + 1} if node else {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            found |= _lines(value, (*place, key.value))
            found[(*place, key.value)] = key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found |= _lines(value, (*place, index))
    return found


def _sentence(path: Path, lines: dict[Place, int], error: Any) -> str:
    place: Place = tuple(part if isinstance(part, int) else str(part) for part in error["loc"])
    known = place
    while known and known not in lines:
        known = known[:-1]
    where = f"{path}:{lines.get(known, 1)}"
    key = ".".join(str(part) for part in place) or "the file"
    if error["type"] == "extra_forbidden":
        return f"{where}: '{key}' is not a known key. Check its spelling; the JSON schema in docs/ lists the keys."
    if error["type"] == "missing":
        return f"{where}: '{key}' is missing."
    if error["type"] == NOT_SHOWN:
        return f"{where}: {key}: {error['msg']}."
    return f"{where}: {key}: {error['msg']} (found {error['input']!r})."
