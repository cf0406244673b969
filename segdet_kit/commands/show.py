"""``segdet-kit show``: the assembled config, and where each key came from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from segdet_kit.assemble import Assembled
from segdet_kit.source import assemble_source, assemble_untrusted
from segdet_kit.strict_json import marked


def show(
    path: str, settings: Sequence[str], form: Literal["py", "json"], origin: bool, untrusted: bool = False
) -> str:
    """Return the assembled config as Python or JSON text, or its keys with their origins."""
    assembled = (assemble_untrusted if untrusted else assemble_source)(Path(path), settings)
    if origin:
        if form == "json":
            return json.dumps(assembled.origins, indent=2)
        width = max(len(key) for key in assembled.origins)
        return "\n".join(f"{key:<{width}}  {place}" for key, place in assembled.origins.items())
    if form == "json":
        return json.dumps(marked(assembled.config), indent=2)
    return config_text(assembled)


def config_text(assembled: Assembled) -> str:
    """Return the config as Python text of literals, which OpenMMLab reads and the kit never runs."""
    from mmengine.config import Config

    text: str = Config(assembled.config).pretty_text
    return text
