"""Where things lie: inputs from the repository, everything made here under training/work."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TRAINING = ROOT / "training"
WORK = TRAINING / "work"
ART = WORK / "art"
CHECKPOINTS = TRAINING / "checkpoints"
SERVED = ROOT / "models" / "storybook"
GGUF = SERVED / "smollm2-135m-instruct.q4_1.gguf"
TOKENIZER = SERVED / "tokenizer.json"
