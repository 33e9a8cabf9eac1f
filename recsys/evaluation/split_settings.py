"""Which of the ratings are held out: the choice alone, which a page can make without torch."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from recsys.defaults import TEST_SHARE

__all__ = ["SplitSettings"]


class SplitSettings(BaseModel):
    """Which of the ratings are held out.

    Attributes:
        by: ``people`` holds out all that some people said; ``time`` holds out what everybody said
            after some moment.
        seed: draws the people, and which of their likes are given.
        share: of the people, or of the dated ratings, that is held out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Literal["people", "time"] = "people"
    seed: int = Field(0, ge=0, lt=2**32)
    share: float = Field(TEST_SHARE, gt=0, le=0.5)

    @property
    def name(self) -> str:
        """A short name, the same for the same split."""
        return "time" if self.by == "time" else f"people-{self.seed}"
