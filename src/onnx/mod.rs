//! Predictive models: the bytes of an ONNX file go in, a [`Graph`] that can be run comes out.
//!
//! It knows the operators that scoring models are made of (`spec/model.md` has the list, [`ops`]
//! the table), and works them out one element after the other in a fixed order, with the same
//! result to the byte on every machine. It knows nothing of travelers or expressions, and neither
//! files nor the clock.
//!
//! A file may be hostile: whatever it says, loading and running end, soon and without a panic.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "the operators of ONNX convert and compare numbers as part of what they are"
)]
#![allow(
    clippy::unnecessary_wraps,
    reason = "what makes an operator, or an answer, has one type in all of the table"
)]

mod attributes;
mod error;
mod graph;
mod load;
mod ops;
mod proto;
mod run;
mod tensor;
mod wire;

pub use error::{LoadError, LoadErrorKind, RunError};
pub use graph::{Graph, Input};
pub use load::MAX_FILE_BYTES;
pub use ops::names as operators;
pub use proto::MAX_PARTS;
pub use run::{MAX_ELEMENTS, MAX_WORK};
pub use tensor::{Data, Element, Labels, Tensor, Value};
