"""What is asked of any plugin."""

from __future__ import annotations

from segdet_kit.testing import conformance

test_conformance = conformance("adversarial")
