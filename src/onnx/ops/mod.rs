//! The operators: a node of a file goes in, something that can be run comes out.
//!
//! One table says which there are; a file a family. Floats are worked out in doubles and rounded
//! once, with `libm` for what the processor has no exact instruction for: the same everywhere.

mod category;
mod classic;
mod compare;
mod elementwise;
mod linear;
mod reduce;
mod scores;
mod shape;
mod trees;

use super::attributes::Attributes;
use super::error::{LoadError, RunError};
use super::run::{Given, Run};
use super::tensor::Value;

/// What a node does.
pub(super) trait Operator: std::fmt::Debug + Send + Sync {
    /// Makes the outputs of the inputs.
    fn run(&self, given: &Given<'_>, run: &mut Run) -> Result<Vec<Value>, RunError>;
}

pub(super) type Built = Result<Box<dyn Operator>, LoadError>;

type Build = fn(&Attributes<'_, '_>) -> Built;

/// An answer of one value.
fn one(value: Value) -> Result<Vec<Value>, RunError> {
    Ok(vec![value])
}

/// The operators of the standard domain, by name.
static STANDARD: &[(&str, Build)] = &[
    ("Abs", elementwise::unary),
    ("Add", elementwise::binary),
    ("And", compare::logic),
    ("ArgMax", reduce::arg),
    ("ArgMin", reduce::arg),
    ("BatchNormalization", linear::batch_normalization),
    ("Cast", compare::cast),
    ("Ceil", elementwise::unary),
    ("Clip", elementwise::clip),
    ("Concat", shape::concat),
    ("Constant", shape::constant),
    ("Div", elementwise::binary),
    ("Dropout", shape::identity),
    ("Elu", elementwise::unary),
    ("Equal", compare::compare),
    ("Erf", elementwise::unary),
    ("Exp", elementwise::unary),
    ("Flatten", shape::flatten),
    ("Floor", elementwise::unary),
    ("Gather", shape::gather),
    ("Gemm", linear::gemm),
    ("Greater", compare::compare),
    ("GreaterOrEqual", compare::compare),
    ("HardSigmoid", elementwise::unary),
    ("Identity", shape::identity),
    ("LeakyRelu", elementwise::unary),
    ("Less", compare::compare),
    ("LessOrEqual", compare::compare),
    ("Log", elementwise::unary),
    ("LogSoftmax", reduce::softmax),
    ("MatMul", linear::matmul),
    ("Max", elementwise::variadic),
    ("Min", elementwise::variadic),
    ("Mul", elementwise::binary),
    ("Neg", elementwise::unary),
    ("Not", compare::not),
    ("Or", compare::logic),
    ("Pow", elementwise::binary),
    ("Reciprocal", elementwise::unary),
    ("ReduceMax", reduce::reduce),
    ("ReduceMean", reduce::reduce),
    ("ReduceMin", reduce::reduce),
    ("ReduceSum", reduce::reduce),
    ("Relu", elementwise::unary),
    ("Reshape", shape::reshape),
    ("Selu", elementwise::unary),
    ("Shape", shape::shape),
    ("Sigmoid", elementwise::unary),
    ("Sign", elementwise::unary),
    ("Softmax", reduce::softmax),
    ("Softplus", elementwise::unary),
    ("Softsign", elementwise::unary),
    ("Sqrt", elementwise::unary),
    ("Squeeze", shape::squeeze),
    ("Sub", elementwise::binary),
    ("Sum", elementwise::variadic),
    ("Tanh", elementwise::unary),
    ("Transpose", shape::transpose),
    ("Unsqueeze", shape::unsqueeze),
    ("Where", compare::choose),
    ("Xor", compare::logic),
];

/// The operators of classic machine learning, `ai.onnx.ml`, by name.
static CLASSIC: &[(&str, Build)] = &[
    ("ArrayFeatureExtractor", category::array_feature_extractor),
    ("Binarizer", classic::binarizer),
    ("FeatureVectorizer", category::feature_vectorizer),
    ("Imputer", classic::imputer),
    ("LabelEncoder", category::label_encoder),
    ("LinearClassifier", classic::linear_classifier),
    ("LinearRegressor", classic::linear_regressor),
    ("Normalizer", classic::normalizer),
    ("OneHotEncoder", category::one_hot_encoder),
    ("Scaler", classic::scaler),
    ("TreeEnsembleClassifier", trees::classifier),
    ("TreeEnsembleRegressor", trees::regressor),
    ("ZipMap", category::zip_map),
];

/// What makes the operator of this name.
pub(super) fn find(domain: &str, name: &str) -> Option<Build> {
    let table = match domain {
        "" | "ai.onnx" => STANDARD,
        "ai.onnx.ml" => CLASSIC,
        _ => return None,
    };
    let found = table.iter().find(|(known, _)| *known == name);
    found.map(|(_, build)| *build)
}

/// The operators that are supported: domain and name, in order.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of = |domain, table: &'static [(&'static str, Build)]| {
        table.iter().map(move |(name, _)| (domain, *name))
    };
    of("ai.onnx", STANDARD).chain(of("ai.onnx.ml", CLASSIC))
}
