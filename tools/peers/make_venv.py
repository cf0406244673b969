"""Make the venv that a peer runs in.

python tools/peers/make_venv.py NAME DIR [--share-torch]

NAME is a file of tools/peers/requirements, which pins what is installed, and DIR the folder to make. With
--share-torch the venv sees the packages of the Python that runs this, after its own: pip then installs what
is missing or of another version, which saves a second copy of torch.
"""

from __future__ import annotations

import argparse
import subprocess
import sysconfig
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "requirements"


def make(name: str, folder: Path, share_torch: bool) -> Path:
    """Make it and return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    if share_torch:
        packages = subprocess.check_output(  # noqa: S603 - the Python that was just made
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
        )
        Path(packages.strip(), "shared.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = [python, "-m", "pip", "install", "-q", "-r", REQUIREMENTS / f"{name}.txt"]
    subprocess.run(install, check=True)  # noqa: S603 - likewise
    return python


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name", choices=sorted(path.stem for path in REQUIREMENTS.glob("*.txt")))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--share-torch", action="store_true")
    arguments = parser.parse_args()
    print(make(arguments.name, arguments.folder, arguments.share_torch))


if __name__ == "__main__":
    main()
