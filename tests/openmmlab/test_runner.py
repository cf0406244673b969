"""mmengine's Runner as the kit sets it up."""

from __future__ import annotations

import numpy as np
import pytest
from mmengine.config import Config

from segdet_kit.openmmlab.runner import LazyVisualizer
from segdet_kit.openmmlab.runtime import build_runner, prepare
from segdet_kit.openmmlab.state import isolated


def test_a_visualizer_has_a_figure_once_something_is_drawn():
    visualizer = LazyVisualizer("lazy")
    assert "fig_save" not in vars(visualizer)
    visualizer.set_image(np.zeros((8, 12, 3), np.uint8))
    visualizer.draw_bboxes(np.array([[2, 2, 9, 6]]), edge_colors="r")
    drawn = visualizer.get_image()
    assert drawn.shape == (8, 12, 3)
    assert drawn[..., 0].any()
    assert not drawn[..., 1].any()


def test_a_visualizer_says_what_it_does_not_have():
    with pytest.raises(AttributeError, match="no attribute 'fig_shown'"):
        _ = LazyVisualizer("lazy").fig_shown


def test_a_runner_keeps_the_config_as_text_that_reads_back(detector, pictures, tmp_path):
    prepare()
    config = Config(detector(pictures))
    before = config.to_dict()
    with isolated("cpu", config.default_scope):
        runner = build_runner(config, tmp_path / "logs")
    text = runner.cfg.pretty_text
    assert isinstance(runner.visualizer, LazyVisualizer)
    assert config.to_dict() == before
    assert Config.fromstring(text, ".py").model.to_dict() == before["model"]
