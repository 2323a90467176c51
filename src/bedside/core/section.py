"""What every section of a study file is: its keys are known, and nothing changes it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Section", "Share"]

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """Settings of one stage; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
