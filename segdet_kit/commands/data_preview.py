"""``segdet-kit data preview``: what augmentation makes of the data, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from segdet_kit.files import written_whole
from segdet_kit.source import assemble_source

COLUMNS = 4


def data_preview(config: str, out: Path, settings: Sequence[str], split: str, count: int) -> str:
    """Write ``out/SPLIT.png``, a page of the split's first samples with their labels; return its path."""
    assembled = assemble_source(Path(config), settings)

    from segdet_kit.openmmlab.samples import draw_samples
    from segdet_kit.reports.contact_sheet import panel_sheet
    from segdet_kit.reports.palette import OKABE_ITO

    panels, classes = draw_samples(assembled.config, split, count)
    title = f"{Path(config).stem}: {len(panels)} samples of {split}"
    many = len(classes) > len(OKABE_ITO)  # then colours alone do not tell
    page = panel_sheet(panels, classes, title, columns=min(COLUMNS, len(panels)), names=many)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{split}.png"
    with written_whole(path) as aside:
        aside.write_bytes(page)
    return str(path)
