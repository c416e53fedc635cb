//! YAML parsers alone: every YAML file below a folder is read and turned into events, which are
//! counted and thrown away. One core.

use std::fs;
use std::hint::black_box;
use std::io;
use std::mem::MaybeUninit;
use std::path::Path;

use granit_parser::Parser;
use unsafe_libyaml as libyaml;

/// Runs `each` on the text of every YAML file below a folder; the sum of what it gives.
pub fn each_file(folder: &Path, each: &dyn Fn(&str) -> usize) -> io::Result<usize> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            sum += each_file(&path, each)?;
        } else if path.extension().is_some_and(|it| it == "yaml") {
            sum += each(&fs::read_to_string(path)?);
        }
    }
    Ok(sum)
}

/// The events of the parser that `cjoc` is built on.
pub fn granit(text: &str) -> usize {
    Parser::new_from_str(text)
        .map(|event| black_box(event).expect("the workspace is valid YAML"))
        .count()
}

/// The events of libyaml.
pub fn libyaml(text: &str) -> usize {
    let mut parser = MaybeUninit::<libyaml::yaml_parser_t>::uninit();
    let parser = parser.as_mut_ptr();
    let mut events = 0;
    // SAFETY: the parser is initialised before it is used and deleted once; the text outlives it;
    // each event is deleted before the next is written in its place.
    unsafe {
        assert!(libyaml::yaml_parser_initialize(parser).ok, "out of memory");
        libyaml::yaml_parser_set_input_string(parser, text.as_ptr(), text.len() as u64);
        loop {
            let mut event = MaybeUninit::<libyaml::yaml_event_t>::uninit();
            let event = event.as_mut_ptr();
            let parsed = libyaml::yaml_parser_parse(parser, event).ok;
            assert!(parsed, "the workspace is valid YAML");
            events += 1;
            let is_last = (*event).type_ == libyaml::YAML_STREAM_END_EVENT;
            libyaml::yaml_event_delete(black_box(event));
            if is_last {
                break;
            }
        }
        libyaml::yaml_parser_delete(parser);
    }
    events
}
