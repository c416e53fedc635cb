#![no_main]

use libfuzzer_sys::fuzz_target;

// Bytes of a binary format: the fuzzer's own changes are as good as any.
fuzz_target!(|data: &[u8]| cjoc_fuzz::onnx::run(data));
