from __future__ import annotations

from pathlib import Path

import pytest

from segdet_kit.errors import KitError, PolicyError, RecipeError
from segdet_kit.source import resolve

CONFIG = "default_scope = 'mmdet'\nmodel = dict(type='RTMDet')\ntest_dataloader = dict(batch_size=1)\n"


def run_folder(root: Path, *checkpoints: str, config: str = CONFIG) -> Path:
    (root / "config.py").write_text(config, encoding="utf-8")
    for name in checkpoints:
        (root / name).touch()
    return root


def test_a_run_gives_its_config_and_its_best_weights(tmp_path: Path) -> None:
    source = resolve(str(run_folder(tmp_path, "best.pth", "last.pth")))
    assert source.config["model"] == {"type": "RTMDet"}
    assert (source.checkpoint, source.run) == (tmp_path / "best.pth", tmp_path)


def test_a_run_that_was_never_validated_gives_its_last_weights(tmp_path: Path) -> None:
    assert resolve(run_folder(tmp_path, "last.pth")).checkpoint == tmp_path / "last.pth"


def test_weights_that_are_named_stand_before_the_runs_own(tmp_path: Path) -> None:
    assert resolve(run_folder(tmp_path, "best.pth"), Path("other.pth")).checkpoint == Path("other.pth")


def test_a_config_with_weights_is_no_run(tmp_path: Path) -> None:
    run_folder(tmp_path)
    source = resolve(tmp_path / "config.py", Path("weights.pth"))
    assert (source.checkpoint, source.run) == (Path("weights.pth"), None)


def test_settings_change_a_runs_config(tmp_path: Path) -> None:
    source = resolve(run_folder(tmp_path, "best.pth"), settings=["test_dataloader.batch_size=4"])
    assert source.config["test_dataloader"] == {"batch_size": 4}


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KitError, match=r"no run folder: it has no config\.py"):
        resolve(tmp_path)


def test_a_run_without_weights_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KitError, match=r"no checkpoint yet: neither best\.pth nor last\.pth") as caught:
        resolve(run_folder(tmp_path))
    assert "--resume" in caught.value.hint


def test_a_config_without_weights_is_refused(tmp_path: Path) -> None:
    run_folder(tmp_path)
    with pytest.raises(KitError, match="no weights are given"):
        resolve(tmp_path / "config.py")


def test_a_config_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(KitError, match=r"nothing\.py: no such file"):
        resolve(tmp_path / "nothing.py", Path("weights.pth"))


def test_a_runs_config_is_read_and_never_executed(tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    with pytest.raises(RecipeError, match="not data"):
        resolve(run_folder(tmp_path, "best.pth", config=code + CONFIG))
    assert not (tmp_path / "ran").exists()


def test_a_runs_config_names_no_type_that_nobody_offers(tmp_path: Path) -> None:
    config = CONFIG.replace("RTMDet", "os.system")
    with pytest.raises(PolicyError, match=r"model\.type = 'os\.system'") as caught:
        resolve(run_folder(tmp_path, "best.pth", config=config))
    assert f"CONFIG {tmp_path / 'best.pth'}" in caught.value.hint
