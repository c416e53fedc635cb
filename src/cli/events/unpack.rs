//! Files that are packed with gzip or Zstandard, by what they hold: bytes in, bytes out.
//!
//! Nothing is held but the window of the packing. A file of several parts, packed one by one, reads
//! as one; a damaged one is an error where the damage is. What is packed twice is not unpacked twice:
//! that is an error, too.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

const GZIP: &[u8] = &[0x1F, 0x8B];
const ZSTD: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];
/// A part without data, whose first byte counts from 0x50 to 0x5F.
const ZSTD_SKIPPED: &[u8] = &[0x2A, 0x4D, 0x18];

/// As much as is asked of the system at once.
const CHUNK: usize = 1 << 16;

/// The bytes behind the packing, if there is one.
pub(super) fn unpacked<'r>(mut input: impl Read + 'r) -> io::Result<Box<dyn BufRead + 'r>> {
    let mut start = Vec::new();
    input.by_ref().take(4).read_to_end(&mut start)?;
    let packing = packing(&start);
    let whole = BufReader::with_capacity(CHUNK, Cursor::new(start).chain(input));
    Ok(match packing {
        Some(Packing::Gzip) => Box::new(once(Gzip(MultiGzDecoder::new(whole)))),
        Some(Packing::Zstd) => Box::new(once(Zstd::new(whole))),
        None => Box::new(whole),
    })
}

#[derive(Clone, Copy)]
enum Packing {
    Gzip,
    Zstd,
}

/// What bytes are packed with that begin so.
fn packing(start: &[u8]) -> Option<Packing> {
    let skipped =
        matches!(start.split_first(), Some((0x50..=0x5F, rest)) if rest.starts_with(ZSTD_SKIPPED));
    if start.starts_with(ZSTD) || skipped {
        Some(Packing::Zstd)
    } else {
        start.starts_with(GZIP).then_some(Packing::Gzip)
    }
}

fn once<R: Read>(input: R) -> BufReader<Once<R>> {
    let input = Once {
        input,
        begun: false,
    };
    BufReader::with_capacity(CHUNK, input)
}

/// What was unpacked, which must not be packed itself.
struct Once<R> {
    input: R,
    begun: bool,
}

impl<R: Read> Read for Once<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.begun {
            return self.input.read(buffer);
        }
        let mut length = 0;
        // As much as tells what it is, however little comes at a time.
        while length < buffer.len().min(4) {
            match self.input.read(&mut buffer[length..])? {
                0 => break,
                more => length += more,
            }
        }
        self.begun = true;
        if packing(&buffer[..length]).is_some() {
            let message = "it is packed twice: unpack it once";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(length)
    }
}

fn damaged(kind: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("it is packed with {kind}, and damaged or cut off"),
    )
}

struct Gzip<R>(MultiGzDecoder<R>);

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        self.0.read(buffer).map_err(|error| match error.kind() {
            InvalidData | InvalidInput | UnexpectedEof => damaged("gzip"),
            _ => error,
        })
    }
}

struct Zstd<R> {
    input: R,
    frame: FrameDecoder,
    /// Within a part.
    inside: bool,
}

impl<R: BufRead> Zstd<R> {
    fn new(input: R) -> Self {
        Self {
            input,
            frame: FrameDecoder::new(),
            inside: false,
        }
    }

    /// Goes on to the next part that holds data; false where there is none.
    fn open(&mut self) -> io::Result<bool> {
        while !self.input.fill_buf()?.is_empty() {
            match self.frame.reset(&mut self.input) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = self.input.by_ref().take(u64::from(length));
                    io::copy(&mut skipped, &mut io::sink())?;
                }
                Err(FrameDecoderError::WindowSizeTooBig { .. }) => {
                    let message = "it is packed with a window of more than 128 MiB";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, message));
                }
                Err(_) => return Err(damaged("Zstandard")),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.inside && self.frame.can_collect() > 0 {
                return self.frame.read(buffer);
            }
            if !self.inside {
                if !self.open()? {
                    return Ok(0);
                }
                self.inside = true;
            }
            if self.frame.is_finished() {
                let due = self.frame.get_checksum_from_data();
                if due.is_some() && due != self.frame.get_calculated_checksum() {
                    return Err(damaged("Zstandard"));
                }
                self.inside = false;
                continue;
            }
            self.frame
                .decode_blocks(&mut self.input, BlockDecodingStrategy::UptoBlocks(1))
                .map_err(|_| damaged("Zstandard"))?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).expect("memory can be written");
        encoder.finish().expect("memory can be written")
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        compress_to_vec(text, CompressionLevel::Fastest)
    }

    fn read(bytes: &[u8]) -> Result<Vec<u8>, String> {
        let mut text = Vec::new();
        let mut input = unpacked(bytes).expect("memory can be read");
        let read = input.read_to_end(&mut text);
        read.map(|_| text).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_packed_is_unpacked_and_the_rest_left_as_it_is() {
        let long = "a line of text\n".repeat(50_000);
        for text in [b"" as &[u8], b"a", b"abc", b"(abcdef", long.as_bytes()] {
            for bytes in [text.to_vec(), gzip(text), zstd(text)] {
                assert_eq!(read(&bytes).as_deref(), Ok(text));
            }
            let parts = [gzip(text), gzip(b"b")].concat();
            assert_eq!(read(&parts), Ok([text, b"b"].concat()));
            let skipped = [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3].to_vec();
            let parts = [skipped.clone(), zstd(text), skipped, zstd(b"b")].concat();
            assert_eq!(read(&parts), Ok([text, b"b"].concat()));
        }
    }

    #[test]
    fn what_is_packed_twice_is_told() {
        let skipped = [&[0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0], &*zstd(b"a")].concat();
        for inner in [gzip(b"{}"), zstd(b"{}"), skipped] {
            for outer in [gzip(&inner), zstd(&inner)] {
                let twice = Err("it is packed twice: unpack it once".to_owned());
                assert_eq!(read(&outer), twice);
            }
        }
    }

    #[test]
    fn damage_is_told() {
        let text: Vec<String> = (0..5_000).map(|number| number.to_string()).collect();
        let text = text.join("\n");
        for bytes in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
            let cut = read(&bytes[..bytes.len() / 2]);
            assert!(
                cut.as_ref().is_err_and(|why| why.contains("cut off")),
                "{cut:?}"
            );
            let mut changed = bytes.clone();
            let last = changed.len() - 6;
            changed[last] ^= 0xFF;
            assert!(read(&changed).is_err());
        }
    }
}
