from __future__ import annotations

import pytest

from segdet_kit.diagnosis.imports import Imports, import_stack
from segdet_kit.diagnosis.stack import STACK, Owners, owners
from segdet_kit.diagnosis.torch_pair import torch_pair_findings
from tests.fake_site import FakeSite

NMS_MISSING = "raise RuntimeError('operator torchvision::nms does not exist')"


def pair(torch: str, torchvision: str) -> Owners:
    none: Owners = {name: {} for name in STACK}
    return {**none, "torch": {"torch": torch}, "torchvision": {"torchvision": torchvision}}


@pytest.mark.parametrize(
    ("torch", "torchvision"), [("2.0.1", "0.15.2"), ("2.6.0+cu124", "0.21.0"), ("2.14.1", "0.29.1")]
)
def test_versions_that_belong_together_pass(torch: str, torchvision: str) -> None:
    assert torch_pair_findings(Imports(), pair(torch, torchvision)) == []


@pytest.mark.parametrize(
    ("torch", "torchvision", "fix"),
    [
        ("2.14.1", "0.21.0", 'pip install "torchvision==0.29.*"'),
        ("2.6.0+cu124", "0.29.1", 'pip install "torchvision==0.21.*"'),
        ("2.6.0", "1.0", 'pip install "torchvision==0.21.*"'),
    ],
)
def test_versions_that_do_not_belong_together_are_a_warning(torch: str, torchvision: str, fix: str) -> None:
    (finding,) = torch_pair_findings(Imports(), pair(torch, torchvision))
    assert (finding.code, finding.severity, finding.fix) == ("torch-torchvision", "warning", fix)


def test_versions_beyond_the_rule_are_judged_by_importing_alone() -> None:
    assert torch_pair_findings(Imports(), pair("3.0.0", "1.0.0")) == []


def test_a_mismatch_that_breaks_torchvision_is_an_error_found_by_metadata_and_import(site: FakeSite) -> None:
    site.distribute("torch", "2.14.1", "torch")
    site.distribute("torchvision", "0.21.0", "torchvision")
    site.package("torchvision", NMS_MISSING)
    (finding,) = torch_pair_findings(import_stack(), owners())
    assert finding.severity == "error"
    assert finding.message == (
        "torch 2.14.1 goes with torchvision 0.29, and 0.21.0 is installed: "
        "RuntimeError: operator torchvision::nms does not exist"
    )


def test_a_torchvision_whose_operators_are_absent_fails_even_if_it_imports(site: FakeSite) -> None:
    site.package("torchvision", "from torchvision import ops")
    site.package("torchvision.ops", f"def nms(*boxes):\n  {NMS_MISSING}")
    (finding,) = torch_pair_findings(import_stack(), pair("2.6.0+cu124", "0.21.0"))
    assert (finding.code, finding.severity) == ("torch-torchvision", "error")
    assert finding.fix == 'pip install --force-reinstall "torch==2.6.0" "torchvision==0.21.0"'


def test_a_missing_torch_is_left_to_the_check_of_owners() -> None:
    assert torch_pair_findings(Imports(), {name: {} for name in STACK}) == []
