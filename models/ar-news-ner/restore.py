"""Weights to go on from, out of the model that ships: where those of its training are not at hand.

usage: restore.py [--model FOLDER] [--out shipped]

Its integers times their scales, so within half a step of what was trained; exporting them again gives the same integers.
The head for ANERcorp's classes does not ship: a training learns it anew. Writes `build/OUT.safetensors`.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from network import Shape, Tagger
from numpy.typing import NDArray
from onnx import numpy_helper
from settings import HERE, Settings


def weights(path: Path) -> dict[str, torch.Tensor]:
    """The weights of an exported model under the names that they have in training."""
    stored = {w.name: numpy_helper.to_array(w) for w in onnx.load(path).graph.initializer}
    found = {}
    for name, value in stored.items():
        plain, _, kind = name.rpartition("_")
        weight: NDArray[np.generic] = value
        if kind == "quantized":
            weight = (value.astype(np.float32) - stored[f"{plain}_zero_point"]) * stored[f"{plain}_scale"]
            name = plain.removesuffix("_Transposed")
        if not name.endswith((".weight", ".bias")):
            continue
        turned = value.ndim == 2 and not name.startswith(("word.", "position."))
        found[name] = torch.from_numpy((weight.T if turned else weight).astype(np.float32))
    return found


def restored(path: Path, pieces: int) -> Tagger:
    """The network of an exported model; `pieces` is how many of its layers read pieces."""
    state = weights(path)
    layers = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("layers."))
    net = Tagger(Shape(len(state["word.weight"]), layers, positions=len(state["position.weight"]), pieces=pieces))
    left = net.load_state_dict(state, strict=False)
    assert {name.split(".")[0] for name in left.missing_keys} == {"aner"}, left
    return net


def main() -> None:
    """Read the command line and restore."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=HERE / "model")
    parser.add_argument("--out", default="shipped")
    options = parser.parse_args()
    s = Settings.load()
    net = restored(options.model / "model.onnx", s.training["reading"])
    net.save(s.build / f"{options.out}.safetensors")
    about = json.loads((options.model / "labels.json").read_text(encoding="utf-8"))
    print(f"{options.out}: {about['name']} {about['sha256']['model.onnx'][:12]}")


if __name__ == "__main__":
    main()
