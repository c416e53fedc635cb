//! The messages of an ONNX file, as far as scoring models need them: bytes in, structs out.
//!
//! Lists in them hold views of the file or numbers of it, and the number of nodes, attributes and
//! tensors is limited, so that what is read stays in proportion to the file.

use std::sync::Arc;

use super::error::LoadError;
use super::tensor::{Data, Element, Tensor, count};
use super::wire::{Fields, Wire};

/// The most nodes, tensors, inputs and outputs that a graph may have.
pub const MAX_PARTS: usize = 10_000;

/// The most attributes of a node: no operator has half as many.
const MAX_ATTRIBUTES: usize = 64;

#[derive(Debug, Default)]
pub(super) struct ModelProto<'a> {
    pub graph: Option<&'a [u8]>,
    /// Operator sets: domain and version.
    pub opsets: Vec<(&'a str, i64)>,
}

#[derive(Debug, Default)]
pub(super) struct GraphProto<'a> {
    pub nodes: Vec<NodeProto<'a>>,
    pub initializers: Vec<(&'a str, Tensor)>,
    pub inputs: Vec<ValueInfo<'a>>,
    pub outputs: Vec<ValueInfo<'a>>,
}

#[derive(Debug, Default)]
pub(super) struct NodeProto<'a> {
    pub inputs: Vec<&'a str>,
    pub outputs: Vec<&'a str>,
    pub op: &'a str,
    pub domain: &'a str,
    pub attributes: Vec<AttributeProto<'a>>,
}

#[derive(Debug, Default)]
pub(super) struct AttributeProto<'a> {
    pub name: &'a str,
    pub float: Option<f32>,
    pub int: Option<i64>,
    pub text: Option<&'a [u8]>,
    pub tensor: Option<&'a [u8]>,
    pub floats: Vec<f32>,
    pub ints: Vec<i64>,
    pub texts: Vec<&'a [u8]>,
}

#[derive(Debug)]
pub(super) struct ValueInfo<'a> {
    pub name: &'a str,
    /// None where it is no tensor, or of elements that are not known.
    pub tensor: Option<(Element, Option<Vec<Option<usize>>>)>,
}

fn room<T>(list: &[T], what: &str) -> Result<(), LoadError> {
    if list.len() < MAX_PARTS {
        return Ok(());
    }
    Err(LoadError::limit(format!(
        "it has more than {MAX_PARTS} {what}"
    )))
}

impl<'a> ModelProto<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, LoadError> {
        let mut model = Self::default();
        let mut fields = Fields::new(bytes);
        while let Some((number, value)) = fields.next()? {
            match number {
                7 => model.graph = Some(value.bytes()?),
                8 => {
                    room(&model.opsets, "operator sets")?;
                    model.opsets.push(opset(value.bytes()?)?);
                }
                _ => {}
            }
        }
        Ok(model)
    }
}

fn opset(bytes: &[u8]) -> Result<(&str, i64), LoadError> {
    let mut set = ("", 0);
    let mut fields = Fields::new(bytes);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => set.0 = value.text()?,
            2 => set.1 = value.int()?,
            _ => {}
        }
    }
    Ok(set)
}

impl<'a> GraphProto<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, LoadError> {
        let mut graph = Self::default();
        let mut fields = Fields::new(bytes);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => {
                    room(&graph.nodes, "nodes")?;
                    graph.nodes.push(NodeProto::read(value.bytes()?)?);
                }
                5 => {
                    room(&graph.initializers, "tensors")?;
                    graph.initializers.push(tensor(value.bytes()?)?);
                }
                11 => {
                    room(&graph.inputs, "inputs")?;
                    graph.inputs.push(value_info(value.bytes()?)?);
                }
                12 => {
                    room(&graph.outputs, "outputs")?;
                    graph.outputs.push(value_info(value.bytes()?)?);
                }
                15 => return Err(LoadError::unsupported("it has sparse tensors")),
                _ => {}
            }
        }
        Ok(graph)
    }
}

impl<'a> NodeProto<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, LoadError> {
        let mut node = Self::default();
        let mut fields = Fields::new(bytes);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => {
                    room(&node.inputs, "inputs of one node")?;
                    node.inputs.push(value.text()?);
                }
                2 => {
                    room(&node.outputs, "outputs of one node")?;
                    node.outputs.push(value.text()?);
                }
                4 => node.op = value.text()?,
                5 => {
                    if node.attributes.len() >= MAX_ATTRIBUTES {
                        return Err(LoadError::limit(format!(
                            "a node of it has more than {MAX_ATTRIBUTES} attributes"
                        )));
                    }
                    node.attributes.push(AttributeProto::read(value.bytes()?)?);
                }
                7 => node.domain = value.text()?,
                _ => {}
            }
        }
        Ok(node)
    }
}

impl<'a> AttributeProto<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, LoadError> {
        let mut attribute = Self::default();
        let mut fields = Fields::new(bytes);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => attribute.name = value.text()?,
                2 => attribute.float = Some(value.float()?),
                3 => attribute.int = Some(value.int()?),
                4 => attribute.text = Some(value.bytes()?),
                5 => attribute.tensor = Some(value.bytes()?),
                7 => value.floats(&mut attribute.floats)?,
                8 => value.ints(&mut attribute.ints)?,
                9 => attribute.texts.push(value.bytes()?),
                _ => {}
            }
        }
        Ok(attribute)
    }
}

/// The elements that are kept for a data type of the format.
fn element(data_type: i64) -> Option<Element> {
    match data_type {
        1 => Some(Element::F32),
        11 => Some(Element::F64),
        2..=7 | 12 => Some(Element::Int),
        8 => Some(Element::Text),
        9 => Some(Element::Bool),
        _ => None,
    }
}

/// The same, or what is wrong with it.
pub(super) fn known_element(data_type: i64) -> Result<Element, LoadError> {
    element(data_type).ok_or_else(|| {
        LoadError::unsupported(format!(
            "it has tensors of data type {data_type}, which is not supported"
        ))
        .help("export it with floats, doubles, integers, booleans and strings")
    })
}

/// A tensor and its name.
pub(super) fn tensor(bytes: &[u8]) -> Result<(&str, Tensor), LoadError> {
    let (mut name, mut data_type, mut raw) = ("", 0, None);
    let (mut dims, mut ints) = (Vec::new(), Vec::new());
    let (mut floats, mut doubles) = (Vec::new(), Vec::new());
    let mut texts: Vec<Arc<str>> = Vec::new();
    let mut fields = Fields::new(bytes);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => value.ints(&mut dims)?,
            2 => data_type = value.int()?,
            4 => value.floats(&mut floats)?,
            5 | 7 | 11 => value.ints(&mut ints)?,
            6 => texts.push(value.text()?.into()),
            8 => name = value.text()?,
            9 => raw = Some(value.bytes()?),
            10 => value.doubles(&mut doubles)?,
            14 if value.int()? != 0 => {
                return Err(
                    LoadError::unsupported("it keeps its tensors in other files")
                        .help("export it as one file"),
                );
            }
            _ => {}
        }
    }
    let element = known_element(data_type)?;
    let data = match (element, raw) {
        (_, Some(raw)) => from_raw(data_type, raw)?,
        (Element::F32, None) => Data::F32(floats),
        (Element::F64, None) => Data::F64(doubles),
        (Element::Int, None) => Data::Int(ints),
        (Element::Bool, None) => Data::Bool(ints.iter().map(|i| *i != 0).collect()),
        (Element::Text, None) => Data::Text(texts),
    };
    let shape: Option<Vec<usize>> = dims.iter().map(|dim| usize::try_from(*dim).ok()).collect();
    match shape {
        Some(shape) if count(&shape) == Some(data.len()) => Ok((name, Tensor::new(shape, data))),
        _ => Err(LoadError::invalid(format!(
            "the tensor `{name}` has {} elements, which is not its shape",
            data.len()
        ))),
    }
}

fn from_raw(data_type: i64, raw: &[u8]) -> Result<Data, LoadError> {
    fn each<const N: usize, T>(
        raw: &[u8],
        read: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, LoadError> {
        let (chunks, rest) = raw.as_chunks::<N>();
        if !rest.is_empty() {
            return Err(LoadError::torn());
        }
        Ok(chunks.iter().map(|chunk| read(*chunk)).collect())
    }
    Ok(match data_type {
        1 => Data::F32(each(raw, f32::from_le_bytes)?),
        11 => Data::F64(each(raw, f64::from_le_bytes)?),
        2 => Data::Int(each(raw, |b| i64::from(u8::from_le_bytes(b)))?),
        3 => Data::Int(each(raw, |b| i64::from(i8::from_le_bytes(b)))?),
        4 => Data::Int(each(raw, |b| i64::from(u16::from_le_bytes(b)))?),
        5 => Data::Int(each(raw, |b| i64::from(i16::from_le_bytes(b)))?),
        6 => Data::Int(each(raw, |b| i64::from(i32::from_le_bytes(b)))?),
        7 => Data::Int(each(raw, i64::from_le_bytes)?),
        12 => Data::Int(each(raw, |b| i64::from(u32::from_le_bytes(b)))?),
        9 => Data::Bool(each(raw, |[b]: [u8; 1]| b != 0)?),
        _ => return Err(LoadError::torn()),
    })
}

fn value_info(bytes: &[u8]) -> Result<ValueInfo<'_>, LoadError> {
    let (mut name, mut ty) = ("", None);
    let mut fields = Fields::new(bytes);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => name = value.text()?,
            2 => ty = Some(value.bytes()?),
            _ => {}
        }
    }
    let mut tensor = None;
    if let Some(ty) = ty {
        let mut fields = Fields::new(ty);
        while let Some((number, value)) = fields.next()? {
            if number == 1 {
                tensor = tensor_type(value.bytes()?)?;
            }
        }
    }
    Ok(ValueInfo { name, tensor })
}

type TensorType = (Element, Option<Vec<Option<usize>>>);

fn tensor_type(bytes: &[u8]) -> Result<Option<TensorType>, LoadError> {
    let (mut data_type, mut shape) = (0, None);
    let mut fields = Fields::new(bytes);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => data_type = value.int()?,
            2 => shape = Some(dims(value.bytes()?)?),
            _ => {}
        }
    }
    Ok(element(data_type).map(|element| (element, shape)))
}

/// Dimensions; none for one that is left open.
fn dims(bytes: &[u8]) -> Result<Vec<Option<usize>>, LoadError> {
    let mut dims = Vec::new();
    let mut fields = Fields::new(bytes);
    while let Some((number, value)) = fields.next()? {
        if number != 1 {
            continue;
        }
        room(&dims, "dimensions")?;
        let mut dim = None;
        let mut fields = Fields::new(value.bytes()?);
        while let Some((number, value)) = fields.next()? {
            if let (1, Wire::Varint(size)) = (number, value) {
                // Exporters write 0 and -1 too for what is open.
                dim = usize::try_from(size.cast_signed()).ok().filter(|d| *d > 0);
            }
        }
        dims.push(dim);
    }
    Ok(dims)
}
