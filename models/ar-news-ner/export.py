"""Write a trained network as int8 ONNX with its tokenizer and labels: the folder that ships.

usage: export.py NAME [--out FOLDER] [--float32]

The graph is built from ONNX Runtime's fused transformer operators. It reads one window: `ids` (1, pieces) and `first`
(words), the place of each word's first piece; it gives `labels` (words, labels) and `cuts` (words, letters), unscaled,
and `shared` (1 + words, hidden), the vectors of `<s>` and the words above the layer that the event reader builds on.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnx
from network import NEWS, Tagger, bio, load_tagger
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from settings import HERE, Settings, sha256_of
from torch import Tensor

FUSED = "com.microsoft"


class Graph:
    """Nodes and weights as they are added; every method returns the name of its output."""

    def __init__(self, state: dict[str, Tensor]):
        self.state = {k: v.detach().numpy() for k, v in state.items()}
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """A stored tensor."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str, *, transposed: bool = False) -> str:
        """A tensor of the network; linear weights are stored (out, in) there and used (in, out) here."""
        value = self.state[name]
        return self.constant(name, value.T if transposed else value)

    def add(self, kind: str, inputs: list[str], output: str, *, fused: bool = False, **attributes: object) -> str:
        """A node."""
        self.nodes.append(
            helper.make_node(kind, inputs, [output], name=output, domain=FUSED if fused else "", **attributes)
        )
        return output


def layer(g: Graph, x: str, i: int, *, heads: int) -> str:
    """One transformer layer over the vectors `x`; its output is called `x` and its number."""
    n = f"layers.{i}"
    qkv = [g.weight(f"{n}.qkv.weight", transposed=True), g.weight(f"{n}.qkv.bias")]
    a = g.add("Attention", [x, *qkv], f"{n}.attention", fused=True, num_heads=heads)
    a = g.add("MatMul", [a, g.weight(f"{n}.out.weight", transposed=True)], f"{n}.mixed")
    norm = [g.weight(f"{n}.norm1.weight"), g.weight(f"{n}.norm1.bias"), g.weight(f"{n}.out.bias")]
    x = g.add("SkipLayerNormalization", [x, a, *norm], f"{n}.middle", fused=True, epsilon=1e-12)
    f = g.add("MatMul", [x, g.weight(f"{n}.up.weight", transposed=True)], f"{n}.wide")
    f = g.add("BiasGelu", [f, g.weight(f"{n}.up.bias")], f"{n}.bent", fused=True)
    f = g.add("MatMul", [f, g.weight(f"{n}.down.weight", transposed=True)], f"{n}.narrow")
    norm = [g.weight(f"{n}.norm2.weight"), g.weight(f"{n}.norm2.bias"), g.weight(f"{n}.down.bias")]
    return g.add("SkipLayerNormalization", [x, f, *norm], f"x{i + 1}", fused=True, epsilon=1e-12)


def build(net: Tagger, shared: int) -> onnx.ModelProto:
    """The network as an ONNX model in float32; `shared` is the layer whose vectors it gives beside the labels."""
    g = Graph(net.state_dict())
    x = g.add("Gather", [g.weight("word.weight"), "ids"], "word")
    g.add("Shape", ["ids"], "length", start=1, end=2)
    zero, axis = g.constant("zero", np.array([0])), g.constant("axis", np.array([0]))
    g.add("Slice", [g.weight("position.weight"), zero, "length", axis], "position")
    x = g.add("Add", [x, "position"], "embedded")
    x = g.add("LayerNormalization", [x, g.weight("norm.weight"), g.weight("norm.bias")], "x0", axis=-1, epsilon=1e-12)
    start = g.constant("start", np.array([0]))
    g.add("Concat", [start, "first"], "kept", axis=0)
    for i in range(net.shape.layers):
        if i == net.shape.pieces:
            x = g.add("Gather", [x, "kept"], "kept pieces", axis=1)
        x = layer(g, x, i, heads=net.shape.heads)
    g.add("Squeeze", [f"x{shared}", axis], "shared")
    x = g.add("Squeeze", [x, axis], "last")
    if net.shape.pieces == net.shape.layers:
        words = g.add("Gather", [x, "first"], "words", axis=0)
    else:
        words = g.add(
            "Slice", [x, g.constant("one", np.array([1])), g.constant("end", np.array([2**31])), axis], "words"
        )
    for head, output in (("news", "labels"), ("cut", "cuts")):
        g.add("Gemm", [words, g.weight(f"{head}.weight"), g.weight(f"{head}.bias")], output, transB=1)
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "pieces"]),
        helper.make_tensor_value_info("first", TensorProto.INT64, ["words"]),
    ]
    outputs = [
        helper.make_tensor_value_info("labels", TensorProto.FLOAT, ["words", len(bio(NEWS))]),
        helper.make_tensor_value_info("cuts", TensorProto.FLOAT, ["words", net.cut.out_features]),
        helper.make_tensor_value_info("shared", TensorProto.FLOAT, ["kept", net.shape.hidden]),
    ]
    graph = helper.make_graph(g.nodes, "ar-news-ner", inputs, outputs, g.weights)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def export(net: Tagger, out: Path, s: Settings, *, quantised: bool = True) -> None:
    """Write model.onnx, tokenizer.json and labels.json."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "model.onnx"
        onnx.save(build(net, s.training["shared"]), plain)
        if quantised:
            # Seven bits of range: without VNNI, x86 adds up pairs of products in 16 bits, and eight would overflow.
            quantize_dynamic(
                plain,
                out / "model.onnx",
                op_types_to_quantize=["MatMul", "Attention", "Gather"],
                nodes_to_exclude=["words", "kept pieces"],
                per_channel=True,
                reduce_range=True,
                weight_type=QuantType.QInt8,
                # Types are not inferred through the fused operators.
                extra_options={"DefaultTensorType": TensorProto.FLOAT},
            )
        else:
            shutil.copy(plain, out / "model.onnx")
    shutil.copy(s.build / "tokenizer.json", out / "tokenizer.json")
    about = {
        "name": "ar-news-ner",
        "labels": bio(NEWS),
        "window": s.training["window"],
        "layers": net.shape.layers,
        "sha256": {f: sha256_of(out / f) for f in ("model.onnx", "tokenizer.json")},
    }
    (out / "labels.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--out", type=Path, default=HERE / "model")
    parser.add_argument("--float32", action="store_true")
    options = parser.parse_args()
    s = Settings.load()
    export(load_tagger(s.build / f"{options.name}.safetensors").eval(), options.out, s, quantised=not options.float32)
    for file in sorted(options.out.iterdir()):
        print(f"{file.name} {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
