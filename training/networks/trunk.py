"""EfficientNet-Lite0, frozen, with the names of its weights' file: a picture to 36 patches, each what is there and which colours it has."""

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

from training.trunk import trunk_weights

# of each block: channels in, expanded, out; size and stride of the depthwise convolution
BLOCKS = (
    (32, 32, 16, 3, 1), (16, 96, 24, 3, 2), (24, 144, 24, 3, 1), (24, 144, 40, 5, 2), (40, 240, 40, 5, 1), (40, 240, 80, 3, 2), (80, 480, 80, 3, 1),
    (80, 480, 80, 3, 1), (80, 480, 112, 5, 1), (112, 672, 112, 5, 1), (112, 672, 112, 5, 1), (112, 672, 192, 5, 2), (192, 1152, 192, 5, 1),
    (192, 1152, 192, 5, 1), (192, 1152, 192, 5, 1), (192, 1152, 320, 3, 1),
)
EPS = 1e-3
COLOUR_BLOCK = 4
GRID = 6  # patches a side
PARTS = (320, 40 * 4)  # of a patch: the last map, and the four quarters of an early one


class Same(nn.Conv2d):
    """TensorFlow's "same" for even sides: what is left over of the padding stands below and to the right."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        total = self.kernel_size[0] - self.stride[0] if self.stride[0] > 1 else self.kernel_size[0] - 1
        before, after = total // 2, total - total // 2
        return super().forward(F.pad(x, (before, after, before, after)))


class Block(nn.Module):
    def __init__(self, before: int, wide: int, after: int, size: int, stride: int) -> None:
        super().__init__()
        self.expands, self.adds = wide != before, stride == 1 and before == after
        if self.expands:
            self._expand_conv, self._bn0 = nn.Conv2d(before, wide, 1, bias=False), nn.BatchNorm2d(wide, EPS)
        self._depthwise_conv, self._bn1 = Same(wide, wide, size, stride, groups=wide, bias=False), nn.BatchNorm2d(wide, EPS)
        self._project_conv, self._bn2 = nn.Conv2d(wide, after, 1, bias=False), nn.BatchNorm2d(after, EPS)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        h = self._bn2(self._project_conv(F.relu6(self._bn1(self._depthwise_conv(h)))))
        return x + h if self.adds else h


class Trunk(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = Same(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32, EPS)
        self._blocks = nn.ModuleList([Block(*b) for b in BLOCKS])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, 192, 192) in -1..1 to patches (B, 36, 480), row by row."""
        h = F.relu6(self._bn0(self._conv_stem((x * 127.5 + 0.5) / 128)))
        early = h
        for i, block in enumerate(self._blocks):
            h = block(h)
            early = h if i == COLOUR_BLOCK else early
        early = F.avg_pool2d(early, 2).unflatten(3, (GRID, 2)).unflatten(2, (GRID, 2))  # (B, 40, 6, 2, 6, 2)
        quarters = early.permute(0, 3, 5, 1, 2, 4).flatten(1, 3)  # (B, 160, 6, 6)
        return torch.cat([h, quarters], 1).flatten(2).transpose(1, 2)  # (B, 36, 480)


def frozen_trunk() -> Trunk:
    model = Trunk()
    model.load_state_dict(load_file(trunk_weights()), strict=False)
    missing = [k for k, v in model.state_dict().items() if v.is_floating_point() and k not in load_file(trunk_weights())]
    if missing:
        raise ValueError(f"the trunk's file lacks {missing[:4]}")
    return model.eval().requires_grad_(False).to(memory_format=torch.channels_last)


@torch.no_grad()
def features(model: Trunk, x: torch.Tensor) -> torch.Tensor:
    """(N, 3, 192, 192) in -1..1 to (N, 36, 480), fp32."""
    return torch.cat([model(part.to(memory_format=torch.channels_last)) for part in x.split(32)])
