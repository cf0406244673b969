"""What 200 installed plugins of 5 components each cost: ``plugins list``, and the start-up of ``train``.

python tools/bench_plugins.py [ROUNDS] [PLUGINS]

The plugins are made up and lie in a temporary folder, as pip would have installed them. Each command runs
with and without them in turns, all bytecode cached. ``train`` is stopped twice: where it first asks for
torch, with discovery and assembly done, and where its first sample is loaded, when all has started. What is
measured is CPU time on one thread, which other processes disturb little.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import interval

COMPONENTS = 5
TRAIN = """
import os, sys
sys.argv = ["segdet-kit", "train", sys.argv[1], "--work-dir", f"{{sys.argv[1]}}-{{os.getpid()}}"]
{stop}
from segdet_kit.__main__ import main
main()
"""
AT_TORCH = """
class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            os._exit(0)
sys.meta_path.insert(0, Stop())
"""
AT_SAMPLE = """
from segdet_kit.openmmlab.runtime import prepare
prepare()
from segdet_kit.openmmlab.sampling import SeededDataset
SeededDataset.__getitem__ = lambda self, n: os._exit(0)
"""
RECIPE = """
task = 'detection'
data = dict(type='shapes', root={root!r}, train=8, val=2, test=2, image_size=64)
image_size = (64, 64)
backbone = 'resnet18'
head = 'rtmdet'
"""
PLUGIN = """
from __future__ import annotations
from segdet_kit import Backbone, hookimpl

@hookimpl
def register_backbones() -> list[Backbone]:
    return [
        Backbone(name=f"net-{number}-{{index}}", target="fake_{number}.net:Net", summary="A made-up network",
                 out_channels=(64, 128, 256, 512), strides=(4, 8, 16, 32), defaults={{"depth": 18}})
        for index in range({components})
    ]
"""


def install(folder: Path, plugins: int) -> None:
    """Write packages and their metadata."""
    for number in range(plugins):
        package, info = folder / f"fake_{number}", folder / f"fake_{number}-1.0.dist-info"
        package.mkdir(parents=True)
        info.mkdir()
        (package / "__init__.py").touch()
        (package / "plugin.py").write_text(
            PLUGIN.replace("{number}", str(number)).format(components=COMPONENTS)
        )
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.4\nName: fake-{number}\nVersion: 1.0\nRequires-Dist: segdet-kit>=0.1\n"
        )
        (info / "entry_points.txt").write_text(f"[segdet_kit]\nfake-{number} = fake_{number}.plugin\n")
        (info / "RECORD").write_text(f"fake_{number}/__init__.py,,\nfake_{number}/plugin.py,,\n")


def seconds(command: list[str], site: Path, cache: Path) -> float:
    """Return the CPU time of one process that finds what lies in ``site``, all bytecode cached."""
    environment = os.environ | {
        "PYTHONPATH": str(site),
        "PYTHONPYCACHEPREFIX": str(cache),
        "OMP_NUM_THREADS": "1",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(rounds: int = 10, plugins: int = 200) -> None:
    """Time the commands in turns, after one round that fills the caches."""
    with tempfile.TemporaryDirectory() as folder:
        none, many = Path(folder, "none"), Path(folder, "many")
        none.mkdir()
        install(many, plugins)
        recipe = Path(folder, "recipe.py")
        recipe.write_text(RECIPE.format(root=str(Path(folder, "shapes"))))
        commands = {
            "plugins list": ["-m", "segdet_kit", "plugins", "list"],
            "train, assembled": ["-c", TRAIN.format(stop=AT_TORCH), str(recipe)],
            "train, started": ["-c", TRAIN.format(stop=AT_SAMPLE), str(recipe)],
        }
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for turn in range(rounds + 1):
            for name, command in commands.items():
                pair = [
                    seconds([sys.executable, *command], site, Path(folder, "bytecode"))
                    for site in (none, many)
                ]
                if turn:
                    times[name].append((pair[0], pair[1]))
    for name, pairs in times.items():
        without, with_plugins = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratios = [after / before for before, after in pairs]
        low, high = interval(ratios)
        print(
            f"{name:<16} {without:.3f} s alone, {with_plugins:.3f} s with {plugins} plugins: "
            f"ratio {statistics.median(ratios):.2f} [{low:.2f}, {high:.2f}] of {rounds} pairs"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
