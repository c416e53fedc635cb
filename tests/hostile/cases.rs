//! What a case is, and cases of declarations, manifests and data.

use std::fmt::Write as _;
use std::path::Path;

/// The manifest that a workspace has unless a case is about it.
const MANIFEST: &str = "name: hostile\nedition: 2026\n";

/// Someone for expressions to ask about.
pub(crate) const CUSTOMER: &str = "traveler: customer\nkey: id\nidentities: [id]\nprofile:\n  \
    id: string | null\n  name: string | null\n  n: int = 0\n";

/// How large it is to be: some say nothing new at their full size, and a debug build takes long.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Small,
    Full,
}

impl Size {
    pub(crate) fn of(self, full: usize) -> usize {
        match self {
            Self::Small => full / 200,
            Self::Full => full,
        }
    }
}

/// Files, what is done with them, and what must come of it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) arguments: Vec<&'static str>,
    pub(crate) input: String,
    pub(crate) code: i32,
    /// Somewhere in what it writes.
    pub(crate) says: &'static str,
}

impl Case {
    /// A file beside the traveler, checked.
    pub(crate) fn check(name: &'static str, text: impl Into<Vec<u8>>, says: &'static str) -> Self {
        Self {
            name,
            files: vec![
                ("cjoc.yaml".to_owned(), MANIFEST.into()),
                ("customer.yaml".to_owned(), CUSTOMER.into()),
                ("a.yaml".to_owned(), text.into()),
            ],
            arguments: vec!["check"],
            input: String::new(),
            code: 1,
            says,
        }
    }

    /// The same, where nothing is an error.
    pub(crate) fn fine(name: &'static str, text: impl Into<Vec<u8>>, says: &'static str) -> Self {
        Self {
            code: 0,
            ..Self::check(name, text, says)
        }
    }

    /// Another command, with one file more.
    fn with(
        name: &'static str,
        arguments: &[&'static str],
        file: (&str, String),
        code: i32,
        says: &'static str,
    ) -> Self {
        let mut case = Self::check(name, Vec::new(), says);
        case.files[2] = (file.0.to_owned(), file.1.into_bytes());
        case.arguments = arguments.to_vec();
        case.code = code;
        case
    }

    fn given(
        name: &'static str,
        arguments: &[&'static str],
        input: String,
        says: &'static str,
    ) -> Self {
        Self {
            input,
            ..Self::with(name, arguments, ("unused.txt", String::new()), 1, says)
        }
    }

    pub(crate) fn write(&self, folder: &Path) {
        for (path, bytes) in &self.files {
            let path = folder.join(path);
            let parent = path.parent().expect("it is below the folder");
            std::fs::create_dir_all(parent).expect("folders can be made");
            std::fs::write(path, bytes).expect("files can be written");
        }
    }
}

/// A text of many parts.
pub(crate) fn many(count: usize, part: impl Fn(usize, &mut String)) -> String {
    let mut text = String::new();
    for index in 0..count {
        part(index, &mut text);
    }
    text
}

fn segments(count: usize, when: impl Fn(usize) -> String) -> String {
    many(count, |i, text| {
        let _ = write!(
            text,
            "---\nsegment: s{i}\ntraveler: customer\nwhen: {}\n",
            when(i)
        );
    })
}

/// A journey with these steps in its milestone.
pub(crate) fn journey(steps: &str) -> String {
    format!(
        "journey: j\ntraveler: customer\nstart: {{ when: traveler.n > 1 }}\n\
         variables: {{ a: int = 0 }}\nmilestones:\n  m:\n    do:\n{steps}end: {{ after: 90d, outcome: done }}\n"
    )
}

pub(crate) fn declarations(size: Size) -> Vec<Case> {
    // At every size: who follows it by recursion runs out of stack.
    let chain = 20_000;
    let names = size.of(5_000);
    let milestones = size.of(199_800).min(999);
    let mut near = segments(names, |i| format!("traveler.n == {i}"));
    near.push_str(
        &segments(names, |i| format!("segment.abcdefgh_{i}x")).replace("segment: s", "segment: t"),
    );
    let long = "a".repeat(1_000);
    let long_names = format!(
        "traveler: other\nkey: id\nidentities: [id]\nprofile:\n  id: string | null\n{}---\n\
         segment: s\ntraveler: other\nwhen: {}\n",
        many(300, |i, text| {
            let _ = writeln!(text, "  {long}{i}: int = 0");
        }),
        vec![format!("traveler.{long}x == 1"); 300].join(" || ")
    );
    let mut deep = String::new();
    for level in 0..50 {
        let indent = " ".repeat(6 + level * 4);
        let _ = write!(
            deep,
            "{indent}- if: traveler.n > {level}\n{indent}  then:\n"
        );
    }
    let _ = writeln!(deep, "{}- set: {{ a: 1 }}", " ".repeat(6 + 50 * 4));
    let types = many(60, |i, text| {
        let _ = writeln!(text, "  T{i}: {{ a: T{}, b: T{} }}", i + 1, i + 1);
    });
    vec![
        Case::check(
            "one_name_for_all",
            "---\nsegment: s\ntraveler: customer\nwhen: traveler.n == 1\n".repeat(size.of(100_000)),
            "duplicate-name",
        ),
        Case::check(
            "ten_thousand_errors",
            segments(size.of(10_000), |i| format!("traveler.nope{i} == 1")),
            "unknown-field",
        ),
        Case::check(
            "ten_thousand_unknown_keys",
            format!(
                "segment: s\ntraveler: customer\nwhen: traveler.n == 1\n{}",
                many(size.of(10_000), |i, text| {
                    let _ = writeln!(text, "k{i}: 1");
                })
            ),
            "unknown-key",
        ),
        Case::check(
            "ten_thousand_errors_in_a_line",
            format!(
                "segment: s\ntraveler: customer\nwhen: {}\n",
                many(size.of(10_000), |i, text| {
                    let _ = write!(text, "{}traveler.z{i} == 1", if i > 0 { " || " } else { "" });
                })
            ),
            "unknown-field",
        ),
        Case::check(
            "segments_in_a_circle",
            segments(chain, |i| format!("segment.s{}", (i + 1) % chain)),
            "circular-definition",
        ),
        Case::fine(
            "segments_in_a_chain",
            segments(chain, |i| {
                if i + 1 < chain { format!("segment.s{}", i + 1) } else { "traveler.n == 1".to_owned() }
            }),
            "",
        ),
        Case::check(
            "types_in_a_circle",
            format!(
                "connection: k\nuses: std/webhook\ntypes:\n{}",
                many(names, |i, text| {
                    let _ = writeln!(text, "  T{i}: {{ a: T{} }}", (i + 1) % names);
                })
            ),
            "circular-definition",
        ),
        Case::check(
            "types_in_a_chain",
            format!(
                "connection: k\nuses: std/webhook\ntypes:\n{}  T{chain}: {{ a: int }}\nevents:\n  \
                 e: {{ fields: {{ x: T0 }}, identify: {{ id: trigger.subject }} }}\n",
                many(chain, |i, text| {
                    let _ = writeln!(text, "  T{i}: {{ a: T{} }}", i + 1);
                })
            ),
            "types nest more than 64 deep here",
        ),
        Case::fine(
            "milestones_in_a_chain",
            format!(
                "journey: j\ntraveler: customer\nstart: {{ when: traveler.n > 1 }}\nmilestones:\n{}  \
                 m{milestones}: {{}}\nend: {{ after: 90d, outcome: done }}\n",
                many(milestones, |i, text| {
                    let _ = write!(
                        text,
                        "  m{i}:\n    do:\n      - wait: 1h\n      - goto: m{}\n",
                        i + 1
                    );
                })
            ),
            "",
        ),
        Case::check(
            "types_that_double",
            format!(
                "connection: k\nuses: std/webhook\ntypes:\n{types}  T60: {{ a: int }}\nevents:\n  \
                 e: {{ fields: {{ x: T0 }}, identify: {{ id: trigger.subject }} }}\n"
            ),
            "limit-exceeded",
        ),
        Case::check(
            "fields_without_end",
            format!(
                "template: t\nchannel: c\nparams:\n{}body: x\n",
                many(size.of(400_200), |i, text| {
                    let _ = writeln!(text, "  p{i}: string");
                })
            ),
            "there are more than 2000 fields here",
        ),
        Case::check(
            "an_enum_without_end",
            format!(
                "traveler: other\nkey: id\nidentities: [id]\nprofile:\n  id: string | null\n  e: {}null\n",
                many(size.of(300_000), |i, text| {
                    let _ = write!(text, "v{i} | ");
                })
            ),
            "an enum has at most 1000 values",
        ),
        Case::check("names_that_are_near", near, "unknown-segment"),
        Case::check("names_of_a_thousand_letters", long_names, "unknown-field"),
        Case::fine("conditions_within_one_another", journey(&deep), ""),
        Case::fine(
            "steps_one_after_the_other",
            journey(&"      - set: { a: vars.a + 1 }\n".repeat(size.of(50_000))),
            "",
        ),
        Case::fine(
            "branches_one_after_the_other",
            journey(
                &"      - if: traveler.n > 5\n        then: [{ set: { a: vars.a + 1 } }]\n      - wait: 1d\n"
                    .repeat(size.of(3_000)),
            ),
            "",
        ),
        Case::check(
            "a_schedule_that_never_comes",
            "journey: j\ntraveler: customer\nstart: { schedule: \"0 0 30 2 *\" }\n\
             milestones: { m: {} }\nend: { after: 1d }\n",
            "30 2",
        ),
        Case::check(
            "a_duration_without_end",
            format!(
                "journey: j\ntraveler: customer\nstart: {{ when: traveler.n > 1 }}\n\
                 milestones: {{ m: {{}} }}\nend: {{ after: {}d, outcome: done }}\n",
                "9".repeat(100_000)
            ),
            "invalid-duration",
        ),
        Case::check(
            "a_type_within_types",
            format!(
                "traveler: other\nkey: id\nidentities: [id]\nprofile:\n  id: string | null\n  x: {}int{}\n",
                "list(".repeat(100_000),
                ")".repeat(100_000)
            ),
            "invalid-type",
        ),
        files(size.of(100_000)),
    ]
}

fn files(count: usize) -> Case {
    let mut case = Case::fine("files_without_end", Vec::new(), "");
    for i in 0..count {
        let text = format!("segment: s{i}\ntraveler: customer\nwhen: traveler.n == {i}\n");
        case.files
            .push((format!("d{}/f{i}.yaml", i % 300), text.into_bytes()));
    }
    case
}

pub(crate) fn manifests() -> Vec<Case> {
    let manifest = |name, text: Vec<u8>, says| {
        let mut case = Case::check(name, Vec::new(), says);
        case.files[0].1 = text;
        case
    };
    let fine_manifest = |name, text: Vec<u8>, says| Case {
        code: 0,
        ..manifest(name, text, says)
    };
    vec![
        manifest("a_manifest_of_brackets", "{{{{".into(), "invalid-yaml"),
        manifest(
            "a_manifest_of_bytes",
            (0..=255).collect::<Vec<u8>>().repeat(1_000),
            "invalid-text",
        ),
        manifest("an_empty_manifest", Vec::new(), "missing-key"),
        manifest(
            "a_manifest_that_is_a_list",
            "- name\n- edition\n".into(),
            "wrong-shape",
        ),
        manifest(
            "a_manifest_in_json",
            br#"{"name": "x", "edition": 2026, "exlude": []}"#.to_vec(),
            "`exlude`",
        ),
        manifest(
            "a_deep_manifest",
            "[".repeat(100_000).into(),
            "limit-exceeded",
        ),
        fine_manifest(
            "a_manifest_of_patterns",
            format!(
                "{MANIFEST}exclude: [{}]\n",
                many(2_000, |i, text| {
                    let _ = write!(text, "\"{}{i}\",", "*a".repeat(20));
                })
            )
            .into(),
            "",
        ),
    ]
}

pub(crate) fn data(size: Size) -> Vec<Case> {
    let event = |data: &str| {
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"shop.x\",\
             \"time\":\"2026-03-02T18:00:00Z\",\"subject\":\"v\",\"data\":{data}}}\n"
        )
    };
    let plan = &["plan", "--events", "e.jsonl"];
    let deep = 100_000;
    let open = "[".repeat(deep);
    let closed = format!("{open}{}", "]".repeat(deep));
    let with = |name, expression, file: &'static str, text, code, says| {
        Case::with(
            name,
            &["eval", expression, "--with", file],
            (file, text),
            code,
            says,
        )
    };
    vec![
        Case::with(
            "deep_events",
            plan,
            ("e.jsonl", event(&open) + &event(&closed)),
            1,
            "recursion limit",
        ),
        Case::with(
            "a_very_long_event",
            plan,
            (
                "e.jsonl",
                event(&format!("\"{}\"", "x".repeat(size.of(100_000_000)))),
            ),
            1,
            "unknown type",
        ),
        Case::with(
            "a_very_long_line",
            plan,
            ("e.jsonl", "x".repeat(size.of(100_000_000))),
            1,
            "invalid JSON",
        ),
        Case::with(
            "an_array_of_arrays",
            plan,
            ("e.jsonl", "[".repeat(deep)),
            1,
            "recursion limit",
        ),
        Case::with(
            "deep_variables_in_json",
            &["eval", "1", "--with", "v"],
            ("v", format!("{{\"a\": {closed}}}")),
            2,
            "",
        ),
        Case::with(
            "deep_variables_in_yaml",
            &["eval", "1", "--with", "v"],
            ("v", format!("a: {open}")),
            2,
            "limit-exceeded",
        ),
        with(
            "a_very_long_variable",
            "a.size()",
            "v.json",
            format!("{{\"a\": \"{}\"}}", "x".repeat(size.of(50_000_000))),
            0,
            "int",
        ),
        with(
            "a_million_variables",
            "1",
            "v.json",
            format!(
                "{{{}\"z\": 1}}",
                many(size.of(1_000_000), |i, text| {
                    let _ = write!(text, "\"k{i}\": 1,");
                })
            ),
            2,
            "more than 1000 variables",
        ),
        with(
            "a_list_of_a_million",
            "l.exists(x, x == -1)",
            "v.json",
            format!("{{\"l\": [{}0]}}", "1,".repeat(1_000_000)),
            1,
            "more than",
        ),
        Case::given(
            "a_deep_case",
            &["eval", "--batch"],
            format!("{{\"expr\": {open}\n"),
            "invalid JSON",
        ),
        Case::given(
            "deep_cases",
            &["eval", "--batch"],
            open.clone(),
            "invalid JSON",
        ),
        Case::with(
            "a_text_that_grows",
            &[
                "eval",
                "\"aaaaaaaaaa\".replace(\"a\",\"aaaaaaaaaa\").replace(\"a\",\"aaaaaaaaaa\").replace(\"a\",\"aaaaaaaaaa\").replace(\"a\",\"aaaaaaaaaa\").replace(\"a\",\"aaaaaaaaaa\").replace(\"a\",\"aaaaaaaaaa\").replace(\"a\",\"aaaaaaaaaa\")",
            ],
            ("unused.txt", String::new()),
            1,
            "",
        ),
    ]
}
