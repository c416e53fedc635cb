//! Base64.

use super::super::base64;
use super::super::value::Value;
use super::args::{self, invalid};
use super::{Sig, functions, plain};

use Sig::{Bytes, String};

functions! {
    "base64.decode" => [plain(&[String], Bytes, |a| {
        base64::decode(args::text(a, 0)?)
            .map(|bytes| Value::Bytes(bytes.into()))
            .ok_or_else(|| invalid("the text is not base64"))
    })];
    "base64.encode" => [plain(&[Bytes], String, |a| args::string(base64::encode(args::bytes(a, 0)?)))];
}
