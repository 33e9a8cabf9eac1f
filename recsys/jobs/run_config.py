"""The configuration of a run, and its name and note."""

from __future__ import annotations

from datetime import UTC, datetime
from numbers import Real
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from recsys.config import Settings
from recsys.defaults import VALIDATION_SHARE
from recsys.errors import SettingsError

__all__ = ["AbsolutePath", "RunConfig", "RunMetadata", "check_validation_share", "checked_options"]

# a relative path counts from the working directory of the process that creates the configuration
AbsolutePath = Annotated[Path, AfterValidator(Path.absolute)]


class RunConfig(BaseModel):
    """The configuration of a run: with it alone the run can be repeated.

    The defaults are those of the page Training, of ``python -m recsys train`` and of the library.

    Attributes:
        ratings: file or stored table of ratings.
        data: name of the ratings, for people.
        catalogue: ratings of anime that this catalogue lacks are dropped; none keeps them.
        preset: the preset that the settings came from.
        settings: the settings of data, model, training and serving.
        validation: share of each user's likes that is held out to choose the best step; 0 trains
            on all likes at once.
        refit: train again on all likes once the best step is known; otherwise the model of the
            best step is the result.
        baselines: evaluate Popularity, Item-KNN and EASE on the same validation split.
        device: ``cpu``, ``cuda`` or ``mps``.
        threads: number of CPU threads.
        items_only: store no user embeddings in the checkpoint.
        half: store 16-bit numbers.
        draw_map: compute the map after the training, in a process of its own.
        out: a second folder for the checkpoint.
        group: the same for all runs of one comparison.
        created: when the run was created.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    ratings: AbsolutePath
    data: str
    catalogue: AbsolutePath | None = None
    preset: str
    settings: Settings
    validation: float = Field(VALIDATION_SHARE, ge=0, lt=1, allow_inf_nan=False)
    refit: bool = True
    baselines: bool = True
    device: str = "cpu"
    threads: int = Field(1, ge=1)
    items_only: bool = True
    half: bool = True
    draw_map: bool = False
    out: AbsolutePath | None = None
    group: str | None = None
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))


class RunMetadata(BaseModel):
    """Name and note of a run; a person may change both."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(min_length=1, max_length=80)
    note: str = Field("", max_length=2000)


def check_validation_share(share: Any, option: str = "validation") -> None:
    """Check the share of each user's likes that is held out to find the best step.

    Args:
        share: as a person gave it.
        option: its name, for the message.

    Raises:
        SettingsError: it is no number from 0 to below 1.
    """
    is_number = isinstance(share, Real) and not isinstance(share, bool)
    if not is_number or not 0 <= share < 1:
        raise SettingsError(
            f"{option} takes a share from 0 to below 1, not {share!r:.100}. Nothing was started."
        )


Options = TypeVar("Options", RunConfig, RunMetadata)


def checked_options(model: type[Options], **values: Any) -> Options:
    """Create a configuration or metadata from options that a person gave.

    Args:
        model: the class to create.
        values: its fields by name.

    Returns:
        The validated value.

    Raises:
        SettingsError: an option is out of its range; the message names it.
    """
    try:
        return model(**values)
    except ValidationError as error:
        first = error.errors()[0]
        option = ".".join(str(part) for part in first["loc"]).replace("_", "-")
        reason = first["msg"][:1].lower() + first["msg"][1:]
        raise SettingsError(
            f"The option --{option} cannot be {first['input']!r:.100}: {reason}. Nothing was "
            "started."
        ) from None
