"""Makes the models beside this file, with inputs and what onnxruntime answers.

    python3 -m venv venv && venv/bin/pip install onnx onnxruntime scikit-learn skl2onnx
    venv/bin/python make.py

`NAME.onnx` with `NAME.json` are models as data scientists export them; `operators.json` has one
small graph for every operator, in base64.
"""

import base64
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(7)


def plain(value):
    """A value of numpy or onnxruntime as JSON."""
    if isinstance(value, list):
        return [{str(k): float(v) for k, v in row.items()} for row in value]
    array = np.asarray(value)
    return {"shape": list(array.shape), "type": array.dtype.name, "values": array.flatten().tolist()}


def answers(model, rows):
    """Each row of inputs with what onnxruntime makes of it."""
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    cases = []
    for row in rows:
        made = session.run(None, row)
        cases.append(
            {
                "inputs": {name: plain(value) for name, value in row.items()},
                "outputs": {name: plain(value) for name, value in zip(names, made)},
            }
        )
    return cases


def write(name, model, rows):
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())
    cases = answers(model, rows)
    (HERE / f"{name}.json").write_text(json.dumps(cases, indent=1) + "\n")


def sklearn(name, model, x, inputs=None, zipmap=False, rows=None, **options):
    inputs = inputs or [("features", FloatTensorType([None, x.shape[1]]))]
    if hasattr(model, "predict_proba"):
        options["options"] = {id(model): {"zipmap": zipmap}}
    onnx_model = convert_sklearn(model, initial_types=inputs, target_opset=options.pop("opset", None), **options)
    onnx_model.producer_version = ""
    rows = rows or [{inputs[0][0]: x[i : i + 1]} for i in range(12)]
    write(name, onnx_model, rows)


def models():
    x, y = make_classification(200, 4, random_state=3)
    x = x.astype(np.float32)
    three = make_classification(200, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=5)
    x3, y3 = three[0].astype(np.float32), three[1]
    names = np.array(["gone", "stays"])[y]
    xr, yr = make_regression(200, 4, noise=2.0, random_state=4)
    xr = xr.astype(np.float32)

    sklearn("logistic", LogisticRegression().fit(x, y), x)
    sklearn("logistic_names", LogisticRegression().fit(x, names), x, zipmap=True)
    sklearn("logistic_ints", LogisticRegression().fit(x, y), x, zipmap=True)
    sklearn("logistic_three", LogisticRegression().fit(x3, y3), x3)
    sklearn("tree", DecisionTreeClassifier(max_depth=4, random_state=1).fit(x, names), x)
    sklearn("forest", RandomForestClassifier(7, max_depth=4, random_state=1).fit(x3, y3), x3)
    sklearn("forest_two", RandomForestClassifier(5, max_depth=3, random_state=1).fit(x, y), x)
    sklearn("boosted", GradientBoostingClassifier(n_estimators=9, random_state=1).fit(x, y), x)
    sklearn("boosted_three", GradientBoostingClassifier(n_estimators=4, random_state=1).fit(x3, y3), x3)
    sklearn("linear", LinearRegression().fit(xr, yr), xr)
    sklearn("forest_regression", RandomForestRegressor(6, max_depth=4, random_state=1).fit(xr, yr), xr)
    sklearn("boosted_regression", GradientBoostingRegressor(n_estimators=8, random_state=1).fit(xr, yr), xr)
    mlp = dict(hidden_layer_sizes=(6, 5), max_iter=60, random_state=1)
    sklearn("network", MLPClassifier(activation="relu", **mlp).fit(x, y), x)
    sklearn("network_three", MLPClassifier(activation="tanh", **mlp).fit(x3, y3), x3)
    sklearn("network_regression", MLPRegressor(activation="logistic", **mlp).fit(xr, yr), xr)
    prepared = make_pipeline(
        SimpleImputer(missing_values=-1.0), MinMaxScaler(), Normalizer("l2"), Binarizer(threshold=0.3), LogisticRegression()
    ).fit(x, y)
    sklearn("prepared", prepared, x)
    sklearn(
        "doubles",
        LinearRegression().fit(xr, yr),
        xr.astype(np.float64),
        [("features", DoubleTensorType([None, 4]))],
    )

    import pandas as pd

    table = pd.DataFrame(
        {
            "visits": RANDOM.integers(0, 40, 300),
            "spend": RANDOM.gamma(2.0, 90.0, 300),
            "tier": RANDOM.choice(["none", "member", "gold"], 300),
        }
    )
    risk = 1.5 - 0.12 * table["visits"] - 0.004 * table["spend"] - (table["tier"] == "gold") * 1.0
    leaves = (RANDOM.random(300) < 1 / (1 + np.exp(-risk))).astype(int)
    columns = ColumnTransformer(
        [("numbers", StandardScaler(), ["visits", "spend"]), ("words", OneHotEncoder(handle_unknown="ignore"), ["tier"])]
    )
    pipeline = make_pipeline(columns, LogisticRegression()).fit(table, leaves)
    rows = [
        {
            "visits": np.array([[v]], np.int64),
            "spend": np.array([[s]], np.float32),
            "tier": np.array([[t]], object),
        }
        for v, s, t in [(0, 0.0, "none"), (3, 40.0, "member"), (30, 900.0, "gold"), (12, 120.5, "none"), (7, 7.25, "lost")]
    ]
    inputs = [
        ("visits", Int64TensorType([None, 1])),
        ("spend", FloatTensorType([None, 1])),
        ("tier", StringTensorType([None, 1])),
    ]
    sklearn("churn", pipeline, None, inputs, rows=rows)


def example():
    """The model of `examples/telecom`: who does not renew, on invented subscribers."""
    count = 4000
    random = np.random.default_rng(11)
    calls = random.poisson(0.7, count)
    waited = np.where(calls > 0, random.gamma(1.5, 6.0, count), 0.0)
    outages = random.poisson(0.3, count)
    monthly = random.choice([149.0, 199.0, 249.0, 299.0, 399.0], count)
    unhappy = random.random(count) < 0.2
    risk = -2.6 + 0.5 * calls + 0.05 * waited + 0.6 * outages + 0.003 * (monthly - 199) + 2.4 * unhappy
    left = (random.random(count) < 1 / (1 + np.exp(-risk))).astype(int)
    features = np.stack([calls, waited, outages, monthly, unhappy], axis=1).astype(np.float32)
    model = GradientBoostingClassifier(n_estimators=24, max_depth=3, random_state=1).fit(features, left)
    exported = convert_sklearn(
        model,
        initial_types=[("features", FloatTensorType([None, 5]))],
        final_types=None,
        options={id(model): {"zipmap": False}},
    )
    exported.producer_version = ""
    path = HERE.parent.parent / "examples/telecom/models/churn.onnx"
    path.write_bytes(exported.SerializeToString())


def values(shape, kind="float"):
    if kind == "float":
        return RANDOM.normal(0, 2, shape).astype(np.float32)
    if kind == "positive":
        return RANDOM.uniform(0.1, 4, shape).astype(np.float32)
    if kind == "double":
        return RANDOM.normal(0, 2, shape)
    if kind == "int":
        return RANDOM.integers(1, 9, shape)
    if kind == "bool":
        return RANDOM.random(shape) < 0.5
    return kind


TYPES = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "int64": TensorProto.INT64, "bool": TensorProto.BOOL}


def operator(op, inputs, outputs=1, domain="", opset=17, constants=(), classic=3, answered=0, **attributes):
    """A graph of one node; inputs whose index is in `constants` are kept in the file,
    and outputs before `answered` are not asked for."""
    names = [f"x{i}" if value is not None else "" for i, value in enumerate(inputs)]
    made = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op, names, made, domain=domain, **attributes)
    infos, initializers, row = [], [], {}
    for i, value in enumerate(inputs):
        if value is None:
            continue
        value = np.asarray(value)
        if i in constants:
            initializers.append(numpy_helper.from_array(value, names[i]))
            continue
        kind = TYPES.get(value.dtype.name, TensorProto.STRING)
        infos.append(helper.make_tensor_value_info(names[i], kind, value.shape))
        row[names[i]] = value if kind != TensorProto.STRING else value.astype(object)
    graph = helper.make_graph([node], op, infos, [onnx.ValueInfoProto(name=name) for name in made[answered:]], initializers)
    sets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", classic)]
    model = helper.make_model(graph, opset_imports=sets, ir_version=8)
    model = onnx.shape_inference.infer_shapes(model)
    return {
        "name": f"{op} {opset if not domain else classic}",
        "model": base64.b64encode(model.SerializeToString()).decode(),
        "cases": answers(model, [row]),
    }


def operators():
    ml = "ai.onnx.ml"
    floats = values((2, 3))
    all = [operator(op, [floats]) for op in (
        "Abs Ceil Elu Erf Exp Floor HardSigmoid Identity LeakyRelu Neg Reciprocal Relu Selu Sigmoid Sign "
        "Softmax LogSoftmax Softplus Softsign Tanh Flatten Transpose Shape ReduceMax ReduceMean ReduceMin "
        "ReduceSum ArgMax ArgMin Max Min Sum"
    ).split()]
    all += [operator(op, [values((2, 3), "positive")]) for op in ("Log", "Sqrt")]
    all += [operator(op, [values((2, 3), "double")]) for op in ("Exp", "Sigmoid", "Tanh", "Softmax", "ReduceSum")]
    all += [operator(op, [values((2, 1, 3)), values((4, 1))]) for op in ("Add", "Sub", "Mul", "Div", "Max", "Min")]
    all += [operator(op, [values((2, 3), "int"), values((3,), "int")]) for op in ("Add", "Sub", "Mul", "Div")]
    all += [operator("Pow", [values((2, 3), "positive"), values((3,))])]
    all += [operator(op, [values((2, 3)), values((3,))]) for op in ("Less", "LessOrEqual", "Greater", "GreaterOrEqual")]
    all += [operator("Equal", [values((2, 3), "int"), values((3,), "int")])]
    all += [operator(op, [values((2, 3), "bool"), values((3,), "bool")]) for op in ("And", "Or", "Xor")]
    all += [operator("Not", [values((2, 3), "bool")])]
    all += [operator("Where", [values((2, 1), "bool"), floats, values((3,))])]
    all += [operator("Clip", [floats, np.float32(-0.5), np.float32(1.0)], constants=(1, 2))]
    all += [operator("Clip", [floats], opset=7, min=-0.5, max=1.0)]
    all += [operator("Clip", [floats, None, np.float32(1.0)], constants=(2,))]
    for to in (TensorProto.INT64, TensorProto.DOUBLE, TensorProto.BOOL):
        all += [operator("Cast", [floats], to=to)]
    all += [operator("Cast", [values((2, 3), "int")], to=to) for to in (TensorProto.FLOAT, TensorProto.STRING)]
    all += [operator("Cast", [np.array([["1.5", "-2"]], object)], to=TensorProto.FLOAT)]
    all += [operator("MatMul", [values((2, 3)), values((3, 4))]), operator("MatMul", [values((2, 3)), values((3,))])]
    all += [operator("MatMul", [values((3,)), values((3, 4))])]
    all += [operator("Gemm", [values((2, 3)), values((3, 4)), values((4,))], alpha=0.5, beta=2.0)]
    all += [operator("Gemm", [values((3, 2)), values((4, 3)), values((2, 1))], transA=1, transB=1)]
    all += [operator("Gemm", [values((2, 3)), values((3, 4))])]
    learned = [values((3,)), values((3,)), values((3,)), values((3,), "positive")]
    all += [operator("BatchNormalization", [values((2, 3))] + learned)]
    all += [operator("Reshape", [floats, np.array([3, -1])], constants=(1,)), operator("Reshape", [floats, np.array([0, -1, 1])], constants=(1,))]
    all += [operator("Squeeze", [values((1, 3, 1)), np.array([0])], constants=(1,)), operator("Squeeze", [values((1, 3, 1))])]
    all += [operator("Squeeze", [values((1, 3, 1))], opset=11, axes=[2])]
    all += [operator("Unsqueeze", [floats, np.array([0, -1])], constants=(1,)), operator("Unsqueeze", [floats], opset=11, axes=[1])]
    all += [operator("Concat", [floats, values((2, 2))], axis=1), operator("Concat", [floats, values((1, 3))], axis=-2)]
    all += [operator("Transpose", [values((2, 3, 4))], perm=[1, 2, 0])]
    all += [operator("Gather", [floats, np.array([[2, 0], [-1, 1]])], constants=(1,), axis=1)]
    all += [operator("Softmax", [values((2, 3, 2))], opset=11, axis=1), operator("Softmax", [values((2, 3, 2))], axis=1)]
    all += [operator("ReduceSum", [values((2, 3, 2)), np.array([1])], constants=(1,), keepdims=0)]
    all += [operator("ReduceMean", [values((2, 3, 2))], axes=[0, 2]), operator("ArgMax", [values((2, 3, 2))], axis=1, keepdims=0)]
    all += [operator("Dropout", [floats])]
    all += [operator("Constant", [], value=numpy_helper.from_array(values((2, 2)), "v"))]
    # Classic machine learning.
    all += [operator("ArrayFeatureExtractor", [values((2, 4)), np.array([3, 1])], constants=(1,), domain=ml)]
    all += [operator("Binarizer", [floats], domain=ml, threshold=0.5)]
    all += [operator("FeatureVectorizer", [values((1, 2)), values((1, 3))], domain=ml, inputdimensions=[2, 3])]
    gaps = np.array([[np.nan, 2, 3], [4, np.nan, np.nan]], np.float32)
    all += [operator("Imputer", [np.array([[-1, 2]], np.float32)], domain=ml, imputed_value_floats=[7.0, 8.0], replaced_value_float=-1.0)]
    all += [operator("Imputer", [np.array([[-1, 2]])], domain=ml, imputed_value_int64s=[7, 8], replaced_value_int64=-1)]
    words = np.array([["a", "b", "z"]], object)
    all += [operator("LabelEncoder", [words], domain=ml, classic=2, keys_strings=["a", "b"], values_int64s=[4, 5], default_int64=9)]
    all += [operator("LabelEncoder", [words], domain=ml, classic=2, keys_strings=["a", "b"], values_floats=[0.5, 1.5])]
    all += [operator("LabelEncoder", [np.array([1, 2, 3])], domain=ml, classic=2, keys_int64s=[1, 2], values_strings=["one", "two"])]
    all += [operator("LabelEncoder", [words], domain=ml, classic=1, classes_strings=["a", "b"], default_int64=-3)]
    all += [operator("OneHotEncoder", [np.array([["b"], ["q"]], object)], domain=ml, cats_strings=["a", "b"])]
    all += [operator("OneHotEncoder", [np.array([[2], [5]])], domain=ml, cats_int64s=[2, 3])]
    for norm in ("MAX", "L1", "L2"):
        all += [operator("Normalizer", [floats], domain=ml, norm=norm)]
    all += [operator("Scaler", [floats], domain=ml, offset=[1.0, 2.0, 3.0], scale=[0.5, 2.0, 1.5])]
    all += [operator("Scaler", [floats], domain=ml, offset=[1.0], scale=[0.5])]
    coefficients = [0.5, -1.0, 2.0, 1.5, 0.25, -0.75, 1.0, 1.0, -1.0]
    for transform in ("NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"):
        scores = floats if transform != "PROBIT" else values((2, 3)) * np.float32(0.01) + np.float32(0.1)
        all += [operator("LinearRegressor", [scores], domain=ml, coefficients=coefficients, intercepts=[0.1, 0.2, 0.3], targets=3, post_transform=transform)]
        if transform != "PROBIT":
            all += [operator("LinearClassifier", [floats], 2, ml, coefficients=coefficients, intercepts=[0.1, 0.2, 0.3], classlabels_strings=["a", "b", "c"], post_transform=transform)]
    tree = dict(
        nodes_treeids=[0, 0, 0, 0, 0, 1, 1, 1],
        nodes_nodeids=[0, 1, 2, 3, 4, 0, 1, 2],
        nodes_featureids=[0, 1, 0, 0, 0, 2, 0, 0],
        nodes_values=[0.25, -0.5, 0.0, 0.0, 0.0, 0.1, 0.0, 0.0],
        nodes_truenodeids=[1, 3, 0, 0, 0, 1, 0, 0],
        nodes_falsenodeids=[2, 4, 0, 0, 0, 2, 0, 0],
    )
    rows = values((6, 3))
    for mode in ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"):
        modes = [mode, mode, "LEAF", "LEAF", "LEAF", mode, "LEAF", "LEAF"]
        leaves = dict(target_treeids=[0, 0, 0, 1, 1], target_nodeids=[2, 3, 4, 1, 2], target_ids=[0] * 5, target_weights=[1.0, 2.0, -3.0, 0.5, 0.75])
        all += [operator("TreeEnsembleRegressor", [rows], domain=ml, n_targets=1, nodes_modes=modes, base_values=[0.125], **tree, **leaves)]
    modes = ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF", "LEAF", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"]
    for aggregate in ("AVERAGE", "MIN", "MAX"):
        all += [operator("TreeEnsembleRegressor", [rows], domain=ml, n_targets=1, nodes_modes=modes, aggregate_function=aggregate, **tree, **leaves)]
    with_gaps = np.concatenate([gaps, rows])
    all += [operator("TreeEnsembleRegressor", [rows], domain=ml, n_targets=1, nodes_modes=modes, nodes_missing_value_tracks_true=[1, 0, 0, 0, 0, 1, 0, 0], **tree, **leaves)]
    # Of two classes with weights for both, runtimes take the label from the second score alone, and
    # of `base_values` beyond one they make different things: such models are refused or left out.
    for weights in ([0.1, 0.4, 0.2, 0.3, 0.45], [1.0, 2.0, -3.0, 0.5, 0.75]):
        for ids, base in (([0] * 5, []), ([0] * 5, [0.05]), ([1] * 5, []), ([0, 1, 0, 1, 1], [])):
            for transform in ("NONE", "LOGISTIC", "SOFTMAX"):
                leaves = dict(class_treeids=[0, 0, 0, 1, 1], class_nodeids=[2, 3, 4, 1, 2], class_ids=ids, class_weights=weights)
                if base:
                    leaves["base_values"] = base
                scores_only = len(set(ids)) == 2
                all += [operator("TreeEnsembleClassifier", [rows], 2, ml, answered=int(scores_only), nodes_modes=modes, classlabels_int64s=[10, 20], post_transform=transform, **tree, **leaves)]
    leaves = dict(class_treeids=[0, 0, 0, 1, 1], class_nodeids=[2, 3, 4, 1, 2], class_ids=[0, 1, 2, 2, 0], class_weights=[1.0, 2.0, -3.0, 0.5, 0.75])
    for transform in ("NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO"):
        all += [operator("TreeEnsembleClassifier", [rows], 2, ml, nodes_modes=modes, classlabels_strings=["a", "b", "c"], post_transform=transform, base_values=[0.1, 0.2, 0.3], **tree, **leaves)]
    all += [operator("ZipMap", [values((2, 2), "positive")], domain=ml, classic=1, classlabels_strings=["a", "b"])]
    (HERE / "operators.json").write_text("[\n" + ",\n".join(json.dumps(it) for it in all) + "\n]\n")


if __name__ == "__main__":
    models()
    operators()
    example()
