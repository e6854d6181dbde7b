"""Fetches the art packages named in art.json and checks their bytes; never installs or runs anything from them."""

import hashlib
import json
import subprocess
import tarfile
from pathlib import Path

from training.paths import ART, TRAINING


def package_folder(name: str) -> Path:
    return ART / name.strip("@").replace("/", "-")


def tarball(entry: dict[str, str]) -> Path:
    """The package's file in the work folder, packed from the registry if it is not there yet."""
    path = ART / f"{entry['name'].strip('@').replace('/', '-')}-{entry['version']}.tgz"
    if not path.exists():
        ART.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", f"{entry['name']}@{entry['version']}"], cwd=ART, check=True, capture_output=True)
    return path


def fetch() -> None:
    """Unpacks every package of art.json; raises ValueError when bytes differ from the recorded sha256."""
    for entry in json.loads((TRAINING / "art.json").read_text())["packages"]:
        folder = package_folder(entry["name"])
        if (folder / "package.json").exists():
            continue
        path = tarball(entry)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != entry["sha256"]:
            raise ValueError(f"{path.name}: sha256 {digest}, expected {entry['sha256']}")
        with tarfile.open(path) as archive:
            members = [m for m in archive.getmembers() if m.isfile() and m.name.startswith("package/")]
            for member in members:
                member.name = member.name.removeprefix("package/")
            archive.extractall(folder, members=members, filter="data")


if __name__ == "__main__":
    fetch()
