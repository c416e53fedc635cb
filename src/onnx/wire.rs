//! The wire format of protocol buffers: bytes in, fields out, each a view of the bytes.
//!
//! Nothing is copied and nothing is kept, so that a small file cannot ask for much memory. What
//! fields mean is in `proto`.

use super::error::LoadError;

/// The fields of a message, in the order of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

/// A field's value as the wire has it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wire<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The number of the next field and its value; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Wire<'a>)>, LoadError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = varint(&mut self.rest)?;
        let value = match tag & 7 {
            0 => Wire::Varint(varint(&mut self.rest)?),
            1 => Wire::Fixed64(fixed(&mut self.rest)?),
            2 => {
                let length = usize::try_from(varint(&mut self.rest)?).unwrap_or(usize::MAX);
                let Some((bytes, rest)) = self.rest.split_at_checked(length) else {
                    return Err(LoadError::torn());
                };
                self.rest = rest;
                Wire::Bytes(bytes)
            }
            5 => Wire::Fixed32(fixed(&mut self.rest)?),
            _ => return Err(LoadError::torn()),
        };
        Ok(Some((tag >> 3, value)))
    }
}

fn varint(rest: &mut &[u8]) -> Result<u64, LoadError> {
    let mut value = 0u64;
    for place in 0..10 {
        let Some((byte, after)) = rest.split_first() else {
            return Err(LoadError::torn());
        };
        *rest = after;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(LoadError::torn())
}

fn fixed<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], LoadError> {
    let Some((bytes, after)) = rest.split_first_chunk::<N>() else {
        return Err(LoadError::torn());
    };
    *rest = after;
    Ok(*bytes)
}

impl<'a> Wire<'a> {
    pub(super) fn bytes(self) -> Result<&'a [u8], LoadError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(LoadError::torn()),
        }
    }

    pub(super) fn text(self) -> Result<&'a str, LoadError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| LoadError::torn())
    }

    pub(super) fn int(self) -> Result<i64, LoadError> {
        match self {
            Self::Varint(value) => Ok(value.cast_signed()),
            _ => Err(LoadError::torn()),
        }
    }

    pub(super) fn float(self) -> Result<f32, LoadError> {
        match self {
            Self::Fixed32(bytes) => Ok(f32::from_le_bytes(bytes)),
            _ => Err(LoadError::torn()),
        }
    }

    /// Adds one number, or many that are packed.
    pub(super) fn ints(self, into: &mut Vec<i64>) -> Result<(), LoadError> {
        match self {
            Self::Varint(value) => into.push(value.cast_signed()),
            Self::Bytes(mut rest) => {
                while !rest.is_empty() {
                    into.push(varint(&mut rest)?.cast_signed());
                }
            }
            _ => return Err(LoadError::torn()),
        }
        Ok(())
    }

    /// Adds one number, or many that are packed.
    pub(super) fn floats(self, into: &mut Vec<f32>) -> Result<(), LoadError> {
        match self {
            Self::Fixed32(bytes) => into.push(f32::from_le_bytes(bytes)),
            Self::Bytes(bytes) => {
                let (chunks, rest) = bytes.as_chunks::<4>();
                if !rest.is_empty() {
                    return Err(LoadError::torn());
                }
                into.extend(chunks.iter().map(|chunk| f32::from_le_bytes(*chunk)));
            }
            _ => return Err(LoadError::torn()),
        }
        Ok(())
    }

    /// Adds one number, or many that are packed.
    pub(super) fn doubles(self, into: &mut Vec<f64>) -> Result<(), LoadError> {
        match self {
            Self::Fixed64(bytes) => into.push(f64::from_le_bytes(bytes)),
            Self::Bytes(bytes) => {
                let (chunks, rest) = bytes.as_chunks::<8>();
                if !rest.is_empty() {
                    return Err(LoadError::torn());
                }
                into.extend(chunks.iter().map(|chunk| f64::from_le_bytes(*chunk)));
            }
            _ => return Err(LoadError::torn()),
        }
        Ok(())
    }
}
