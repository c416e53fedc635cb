//! The one list of diagnostics. A line here, a page `spec/diagnostics/NAME.md` and the place that
//! emits it: nothing else names a code. Ids are stable and never used again.
//!
//! Ranges follow the stages: CJ01 YAML, 02 shape, 03 names, 04 types, 05 flow and proofs, 06 time
//! and contact policy, 07 between journeys, 08 tests and sample events, 09 change and deploy,
//! 10 manifest and hygiene.

use super::Severity;

/// A kind of diagnostic.
#[derive(Debug)]
pub struct Code {
    /// `CJ0301`.
    pub id: &'static str,
    /// `unknown-event`: the name people use, in suppressions and levels.
    pub name: &'static str,
    /// Unless the manifest's `levels` say otherwise.
    pub severity: Severity,
    /// The page, in Markdown: what `cjoc explain` prints, what the docs show, what is tested.
    pub page: &'static str,
}

impl Code {
    /// The page's first heading, without the mark.
    pub fn title(&self) -> &'static str {
        self.page
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches('#')
            .trim()
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// The code with this id or name.
pub fn find(id_or_name: &str) -> Option<&'static Code> {
    ALL.iter()
        .copied()
        .find(|code| code.id.eq_ignore_ascii_case(id_or_name) || code.name == id_or_name)
}

macro_rules! codes {
    ($($const:ident = $id:literal $name:literal $severity:ident;)*) => {
        $(pub static $const: Code = Code {
            id: $id,
            name: $name,
            severity: Severity::$severity,
            page: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/spec/diagnostics/", $name, ".md")),
        };)*
        /// All of them, by id.
        pub static ALL: &[&Code] = &[$(&$const),*];
    };
}

codes! {
    INVALID_YAML = "CJ0101" "invalid-yaml" Error;
    DUPLICATE_KEY = "CJ0102" "duplicate-key" Error;
    AMBIGUOUS_SCALAR = "CJ0103" "ambiguous-scalar" Warning;
    INVALID_MERGE = "CJ0104" "invalid-merge" Error;
    LIMIT_EXCEEDED = "CJ0105" "limit-exceeded" Error;
    INVALID_TEXT = "CJ0106" "invalid-text" Error;
    UNQUOTED_CONDITION = "CJ0107" "unquoted-condition" Error;

    UNKNOWN_KIND = "CJ0201" "unknown-kind" Error;
    UNKNOWN_KEY = "CJ0202" "unknown-key" Error;
    MISSING_KEY = "CJ0203" "missing-key" Error;
    WRONG_SHAPE = "CJ0204" "wrong-shape" Error;
    INVALID_NAME = "CJ0205" "invalid-name" Error;
    INVALID_VALUE = "CJ0206" "invalid-value" Error;
    INVALID_DURATION = "CJ0207" "invalid-duration" Error;
    INVALID_TYPE = "CJ0208" "invalid-type" Error;
    CONFLICTING_KEYS = "CJ0209" "conflicting-keys" Error;
    INVALID_EXPRESSION = "CJ0210" "invalid-expression" Error;
    NOT_SUPPORTED = "CJ0211" "not-supported" Error;

    UNKNOWN_EVENT = "CJ0301" "unknown-event" Error;
    DUPLICATE_NAME = "CJ0302" "duplicate-name" Error;
    UNKNOWN_CONNECTION = "CJ0303" "unknown-connection" Error;
    UNKNOWN_TRAVELER = "CJ0304" "unknown-traveler" Error;
    UNKNOWN_JOURNEY = "CJ0305" "unknown-journey" Error;
    UNKNOWN_MILESTONE = "CJ0306" "unknown-milestone" Error;
    UNKNOWN_SEGMENT = "CJ0307" "unknown-segment" Error;
    UNKNOWN_CHANNEL = "CJ0308" "unknown-channel" Error;
    UNKNOWN_TEMPLATE = "CJ0309" "unknown-template" Error;
    UNKNOWN_ACTION = "CJ0310" "unknown-action" Error;
    UNKNOWN_PARAMETER = "CJ0311" "unknown-parameter" Error;
    MISSING_PARAMETER = "CJ0312" "missing-parameter" Error;
    UNKNOWN_VARIABLE = "CJ0313" "unknown-variable" Error;
    UNKNOWN_FIELD = "CJ0314" "unknown-field" Error;
    UNKNOWN_NAME = "CJ0315" "unknown-name" Error;
    UNKNOWN_FUNCTION = "CJ0316" "unknown-function" Error;
    UNKNOWN_TYPE = "CJ0317" "unknown-type" Error;
    UNKNOWN_IDENTITY = "CJ0318" "unknown-identity" Error;
    UNKNOWN_FILE = "CJ0319" "unknown-file" Error;
    CIRCULAR_DEFINITION = "CJ0320" "circular-definition" Error;
    WRONG_TRAVELER = "CJ0321" "wrong-traveler" Error;
    UNKNOWN_MODEL = "CJ0322" "unknown-model" Error;
    UNUSED_VARIABLE = "CJ0330" "unused-variable" Warning;
    UNUSED_TEMPLATE = "CJ0331" "unused-template" Warning;
    UNUSED_SEGMENT = "CJ0332" "unused-segment" Warning;
    UNUSED_EVENT = "CJ0333" "unused-event" Warning;
    UNUSED_ACTION = "CJ0334" "unused-action" Warning;
    UNUSED_PARAMETER = "CJ0335" "unused-parameter" Warning;
    UNUSED_CHANNEL = "CJ0336" "unused-channel" Warning;
    UNUSED_PERSONA = "CJ0337" "unused-persona" Warning;
    UNUSED_TRAIT = "CJ0338" "unused-trait" Warning;
    UNUSED_MODEL = "CJ0339" "unused-model" Warning;

    TYPE_MISMATCH = "CJ0401" "type-mismatch" Error;
    INVALID_OPERANDS = "CJ0402" "invalid-operands" Error;
    POSSIBLY_ABSENT = "CJ0403" "possibly-absent" Error;
    UNKNOWN_ENUM_VALUE = "CJ0404" "unknown-enum-value" Error;
    INVALID_ARGUMENTS = "CJ0405" "invalid-arguments" Error;
    INVALID_LITERAL = "CJ0406" "invalid-literal" Error;
    UNAVAILABLE_NAME = "CJ0407" "unavailable-name" Error;
    BARE_WORD = "CJ0408" "bare-word" Error;
    UNSUPPORTED_CEL = "CJ0409" "unsupported-cel" Error;
    INVALID_TRAIT = "CJ0410" "invalid-trait" Error;
    UNFILLED_TEXT = "CJ0411" "unfilled-text" Warning;
    INVALID_MODEL = "CJ0412" "invalid-model" Error;

    UNREACHABLE_MILESTONE = "CJ0501" "unreachable-milestone" Error;
    UNSET_VARIABLE = "CJ0502" "unset-variable" Error;
    UNREACHABLE_STEP = "CJ0503" "unreachable-step" Warning;
    SESSION_OVER = "CJ0504" "session-over" Error;
    RULE_LOOP = "CJ0505" "rule-loop" Error;
    LOOP_WITHOUT_WAIT = "CJ0506" "loop-without-wait" Error;
    ENDLESS_SESSION = "CJ0507" "endless-session" Warning;
    UNWALKABLE_HAPPY_PATH = "CJ0508" "unwalkable-happy-path" Warning;
    DEAD_TRIGGER = "CJ0509" "dead-trigger" Warning;
    CONSTANT_CONDITION = "CJ0510" "constant-condition" Warning;
    SHADOWED_BRANCH = "CJ0511" "shadowed-branch" Warning;

    INVALID_TIME = "CJ0601" "invalid-time" Error;
    UNCLEARED_PERSONAL_DATA = "CJ0602" "uncleared-personal-data" Error;
    WAIT_TOO_LONG = "CJ0603" "wait-too-long" Warning;
    LITERAL_SECRET = "CJ0605" "literal-secret" Warning;
    ZERO_WEIGHT = "CJ0610" "zero-weight" Warning;
    INEFFECTIVE_CAP = "CJ0611" "ineffective-cap" Warning;
    ENDLESS_QUIET_HOURS = "CJ0612" "endless-quiet-hours" Warning;
    NEVER_DUE = "CJ0613" "never-due" Warning;
    ZERO_DURATION = "CJ0614" "zero-duration" Warning;

    INVALID_FIXTURE = "CJ0801" "invalid-fixture" Error;
    UNMAPPED_FIELD = "CJ0802" "unmapped-field" Error;

    UNKNOWN_DIAGNOSTIC = "CJ1001" "unknown-diagnostic" Error;
    UNEXPLAINED_SUPPRESSION = "CJ1002" "unexplained-suppression" Warning;
    UNUSED_SUPPRESSION = "CJ1003" "unused-suppression" Warning;
}
