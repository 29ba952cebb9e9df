"""Write the trained event reader as int8 ONNX and a file of heads: the folder that ships.

usage: publish.py FILE... [--second FILE] [--out FOLDER]

Of several files it takes the average of the weights.

The graph reads one window: `shared` (1, 1 + words, hidden), the encoder's vectors of `<s>` and the words, and `marks`
(1, 1 + words, marks); it gives `words` (words, hidden). The heads are small matrices, kept in float32.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType, quantize_dynamic

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "ar-news-ner"))

from export import FUSED, Graph, layer  # noqa: E402
from settings import sha256_of  # noqa: E402

from kwus_extract.events.model import MARKS, PAIR  # noqa: E402
from kwus_extract.models import ModelFolder, model_folder  # noqa: E402


def build(state: dict[str, torch.Tensor]) -> onnx.ModelProto:
    """The layers over marked words as an ONNX model in float32."""
    g = Graph(state)
    hidden = state["mark.weight"].shape[0]
    marked = g.add("MatMul", ["marks", g.weight("mark.weight", transposed=True)], "marked")
    x = g.add("Add", ["shared", marked], "x0")
    for i in range(1 + max(int(k.split(".")[1]) for k in state if k.startswith("layers."))):
        x = layer(g, x, i, heads=12)
    axis, one, end = (g.constant(n, np.array([v])) for n, v in (("axis", 0), ("one", 1), ("end", 2**31)))
    x = g.add("Squeeze", [x, axis], "last")
    g.add("Slice", [x, one, end, axis], "words")
    inputs = [
        helper.make_tensor_value_info("shared", TensorProto.FLOAT, [1, "kept", hidden]),
        helper.make_tensor_value_info("marks", TensorProto.FLOAT, [1, "kept", len(MARKS)]),
    ]
    outputs = [helper.make_tensor_value_info("words", TensorProto.FLOAT, ["words", hidden])]
    graph = helper.make_graph(g.nodes, "ar-news-events", inputs, outputs, g.weights)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def publish(paths: Sequence[Path], out: Path, second: Path | None = None) -> None:
    """Write model.onnx, heads.npz and labels.json; `second` is a file of second.py."""
    states = [torch.load(path, weights_only=True)["state"] for path in paths]
    state = {name: sum(s[name] for s in states) / len(states) for name in states[0]}
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "model.onnx"
        onnx.save(build(state), plain)
        quantize_dynamic(
            plain,
            out / "model.onnx",
            op_types_to_quantize=["MatMul", "Attention"],
            nodes_to_exclude=["marked"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
    heads = {k: v.numpy() for k, v in state.items() if not k.startswith(("layers.", "mark."))}
    if second:
        with np.load(second) as more:
            heads |= {name: more[name] for name in more.files}
    np.savez(out / "heads.npz", **heads)  # type: ignore[arg-type]
    about = {
        "name": "ar-news-events",
        "encoder": ModelFolder(model_folder("ar-news-ner")).identity,
        "marks": list(MARKS),
        "pair": list(PAIR),
        "sha256": {f: sha256_of(out / f) for f in ("model.onnx", "heads.npz")},
    }
    (out / "labels.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", type=Path, nargs="+", help="files written by train.py")
    parser.add_argument("--second", type=Path, help="a file written by second.py")
    parser.add_argument("--out", type=Path, default=HERE / "model")
    options = parser.parse_args()
    publish(options.names, options.out, options.second)
    for file in sorted(options.out.iterdir()):
        print(f"{file.name} {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
