"""A sample of OpenMMLab's own configs, as ``tools/official_configs.py`` tries them all."""

from __future__ import annotations

import pytest

from tools.official_configs import official, verdicts

APART = {"no model", "fails by itself", "needs mmpretrain"}


def test_a_sample_of_openmmlabs_models_could_be_sent() -> None:
    found = verdicts(official()[7::150])
    assert len(found["accepted"]) >= 8
    refused = {
        name.partition("/")[0] for verdict in found.keys() - APART - {"accepted"} for name in found[verdict]
    }
    assert refused <= {"ld", "misc", "vpd"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ld/ld_r18-gflv1-r101_fpn_1x_coco.py", "model.teacher_config cannot be given by data"),
        ("vpd/vpd_sd_4xb8-25k_nyu-512x512.py", "class_embed_path cannot be given by data"),
    ],
)
def test_those_that_run_another_config_or_read_a_pickle_are_refused(name: str, reason: str) -> None:
    [path] = [path for path in official() if path.as_posix().endswith(name)]
    [verdict] = verdicts([path])
    assert reason in verdict
