//! What each function of the language answers: an expression, and the expression of its value or
//! the words of its error.

use cjoc::cel::{self, Env, EvalError, Value};

fn eval(text: &str) -> Result<Value, EvalError> {
    let parsed = cel::parse(text);
    assert_eq!(parsed.problems, [], "{text}");
    let none: Vec<Value> = Vec::new();
    cel::compile_untyped(&parsed.ast, &Env::default()).eval(&none)
}

/// Each expression comes to the same value, of the same type, as the one beside it.
fn holds(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let found = eval(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let expected = eval(expected).unwrap_or_else(|e| panic!("{expected}: {e}"));
        assert!(
            cel::equal(&found, &expected) && found.kind_name() == expected.kind_name(),
            "{text}: {found:?}, expected {expected:?}"
        );
    }
}

/// Each expression fails with these words.
fn fails(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        match eval(text) {
            Ok(value) => panic!("{text}: {value:?}, expected an error"),
            Err(error) => assert_eq!(error.message, *expected, "{text}"),
        }
    }
}

#[test]
fn strings() {
    holds(&[
        ("size('hé\\U0001F431')", "3"),
        ("'hello'.contains('ell')", "true"),
        ("'hello'.startsWith('he') && 'hello'.endsWith('lo')", "true"),
        ("'héllo'.charAt(1)", "'é'"),
        ("'abc'.charAt(3)", "''"),
        ("'héllo hello'.indexOf('llo')", "2"),
        ("'hello hello'.indexOf('llo', 3)", "8"),
        ("'hello'.indexOf('x')", "-1"),
        ("'hello'.indexOf('', 2)", "2"),
        ("'hello'.indexOf('', 5)", "5"),
        ("'héllo hello'.lastIndexOf('llo')", "8"),
        ("'hello hello'.lastIndexOf('llo', 7)", "2"),
        ("'hello hello'.lastIndexOf('llo', 8)", "8"),
        ("'hello'.lastIndexOf('')", "5"),
        ("'aé'.lastIndexOf('é', 0)", "-1"),
        ("'aé'.lastIndexOf('é', 1)", "1"),
        ("'hello'.lastIndexOf('x')", "-1"),
        ("['a', 'b', 'c'].join()", "'abc'"),
        ("['a', 'b'].join(', ')", "'a, b'"),
        ("[].join(', ')", "''"),
        ("'TacoCÆt'.lowerAscii()", "'tacocÆt'"),
        ("'TacoCæt'.upperAscii()", "'TACOCæT'"),
        ("'hello hello'.replace('he', 'we')", "'wello wello'"),
        ("'hello hello'.replace('he', 'we', 1)", "'wello hello'"),
        ("'hello'.replace('he', 'we', 0)", "'hello'"),
        ("'hello'.replace('he', 'we', -1)", "'wello'"),
        ("'ab'.replace('', '_')", "'_a_b_'"),
        ("'a b c'.split(' ')", "['a', 'b', 'c']"),
        ("'a b c'.split(' ', 2)", "['a', 'b c']"),
        ("'a b c'.split(' ', 0)", "[]"),
        ("'a b'.split(' ', -1)", "['a', 'b']"),
        ("'héy'.split('')", "['h', 'é', 'y']"),
        ("'héy'.split('', 2)", "['h', 'éy']"),
        ("'tacocat'.substring(4)", "'cat'"),
        ("'tacocat'.substring(0, 4)", "'taco'"),
        ("'tacocat'.substring(7)", "''"),
        ("' \\t trim\\n '.trim()", "'trim'"),
        ("'héy'.reverse()", "'yéh'"),
        ("'abc'.size()", "3"),
    ]);
    fails(&[
        ("'abc'.charAt(4)", "index 4 is out of range (length 3)"),
        ("'abc'.substring(-1)", "index -1 is out of range (length 3)"),
        (
            "'abc'.substring(2, 1)",
            "the substring ends at 1, before it starts at 2",
        ),
        (
            "'abc'.contains(1)",
            "no such overload: `contains` on (string, int)",
        ),
        ("['a', 1].join()", "no such overload: argument 2 is int"),
    ]);
}

#[test]
fn formatted_text() {
    holds(&[
        ("'%d%% of %s'.format([10, 'b-7'])", "'10% of b-7'"),
        (
            "'%.2f %f %.1e'.format([129.0, 0.5, 12345.678])",
            "'129.00 0.500000 1.2e+04'",
        ),
        ("'%s %s %s'.format([1.5, true, null])", "'1.5 true null'"),
        (
            "'%s %s'.format([[1, 'a'], {'b': 1, 'a': [2u]}])",
            "'[1, a] {a: [2], b: 1}'",
        ),
        (
            "'%s %s'.format([duration('90s'), timestamp(0)])",
            "'90s 1970-01-01T00:00:00Z'",
        ),
        (
            "'%b %o %x %X %x'.format([5, 8, 255, -255, 'hi'])",
            "'101 10 ff -FF 6869'",
        ),
        ("'none'.format([])", "'none'"),
    ]);
    fails(&[
        (
            "'%d'.format(['a'])",
            "`%d` does not take a value of type string",
        ),
        ("'%d %d'.format([1])", "there are fewer values than `%`"),
        ("'%y'.format([1])", "`%y` is not a clause of `format`"),
        ("'%'.format([1])", "a `%` at the end has no letter"),
        (
            "'%.9999f'.format([1.0])",
            "a precision is a number up to 1000",
        ),
    ]);
}

#[test]
fn regular_expressions() {
    holds(&[
        ("'hubba'.matches('ub')", "true"),
        ("matches('hubba', '^ub')", "false"),
        ("'hubba'.matches('u' + 'b{2}a$')", "true"),
        ("'é٣'.matches('\\\\w|\\\\d')", "false"),
        (
            "'a-1'.matches('^[\\\\w-]+$') && 'a b'.matches('a\\\\sb\\\\b')",
            "true",
        ),
        ("regex.replace('a1b2', '[0-9]', '#')", "'a#b#'"),
        ("regex.replace('a1b2', '[0-9]', '#', 1)", "'a#b2'"),
        (
            "regex.replace('Carla Bruni', '(\\\\w+) (\\\\w+)', '\\\\2, \\\\1')",
            "'Bruni, Carla'",
        ),
        (
            "regex.extract('order o-17', 'o-([0-9]+)')",
            "optional.of('17')",
        ),
        ("regex.extract('order', 'o-[0-9]+')", "optional.none()"),
        ("regex.extractAll('o-1 o-2', 'o-[0-9]')", "['o-1', 'o-2']"),
    ]);
    fails(&[
        (
            "'a'.matches('(')",
            "`(` is not a regular expression: unclosed group",
        ),
        (
            "'a'.matches('a{1000}{1000}{1000}')",
            "`a{1000}{1000}{1000}` is not a regular expression: the pattern is too large",
        ),
        (
            "regex.replace('a', 'a', '\\\\1')",
            "the pattern has no group 1",
        ),
        (
            "regex.extract('a', '(a)(b)')",
            "a pattern to extract with has at most one group",
        ),
    ]);
}

#[test]
fn numbers() {
    holds(&[
        ("math.greatest(1, 5, 3)", "5"),
        ("math.greatest([1.5, -2.0])", "1.5"),
        ("math.least(2u, 1u)", "1u"),
        ("math.least(-1)", "-1"),
        (
            "[math.ceil(1.2), math.floor(-1.2), math.trunc(-1.8)]",
            "[2.0, -2.0, -1.0]",
        ),
        (
            "[math.round(1.5), math.round(-1.5), math.round(1.4)]",
            "[2.0, -2.0, 1.0]",
        ),
        ("[math.abs(-3), math.sign(-3), math.sign(0)]", "[3, -1, 0]"),
        (
            "[math.abs(-3.5), math.sign(-3.5), math.sign(0.0)]",
            "[3.5, -1.0, 0.0]",
        ),
        ("math.sqrt(6.25)", "2.5"),
        (
            "[math.isNaN(0.0 / 0.0), math.isInf(1.0 / 0.0), math.isFinite(1.0)]",
            "[true, true, true]",
        ),
        (
            "[math.bitAnd(6, 3), math.bitOr(6, 3), math.bitXor(6, 3), math.bitNot(0)]",
            "[2, 7, 5, -1]",
        ),
        (
            "[math.bitShiftLeft(1, 4), math.bitShiftLeft(1, 64)]",
            "[16, 0]",
        ),
        ("math.bitShiftRight(-1, 60)", "15"),
    ]);
    fails(&[
        ("math.abs(-9223372036854775808)", "integer overflow"),
        (
            "math.greatest([])",
            "an empty list has neither a greatest nor a least element",
        ),
        ("math.bitShiftLeft(1, -1)", "cannot shift by -1 bits"),
        (
            "math.ceil('1')",
            "no such overload: `math.ceil` on (string)",
        ),
    ]);
}

#[test]
fn conversions() {
    holds(&[
        ("int('-5') + int(5.9) + int(5u)", "5"),
        ("int(timestamp('1970-01-01T00:01:00Z'))", "60"),
        ("uint('5') + uint(5.9) + uint(5)", "15u"),
        ("double('1e3') + double(1) + double(1u)", "1002.0"),
        (
            "string(129.0) + ' ' + string(0.1) + ' ' + string(1e21)",
            "'129 0.1 1e+21'",
        ),
        (
            "string(true) + string(-1) + string(1u) + string(b'x')",
            "'true-11x'",
        ),
        ("string(duration('1h30m'))", "'5400s'"),
        ("string(duration('-1500ms'))", "'-1.5s'"),
        (
            "string(timestamp('2026-03-02T19:00:00.50+01:00'))",
            "'2026-03-02T18:00:00.5Z'",
        ),
        ("bytes('é')", "b'\\xc3\\xa9'"),
        ("bool('true') && !bool('0')", "true"),
        ("duration('1h30m') == duration('1.5h')", "true"),
        (
            "duration('3d') == duration('72h') && duration('2w') == duration('14d')",
            "true",
        ),
        ("timestamp(0) == timestamp('1970-01-01T00:00:00Z')", "true"),
        (
            "type(dyn(1)) == int && type(1.0) == double && type('') == string",
            "true",
        ),
        (
            "type([]) == list && type({}) == map && type(null) == null_type",
            "true",
        ),
        ("base64.encode(b'hello')", "'aGVsbG8='"),
        ("base64.decode('aGVsbG8')", "b'hello'"),
    ]);
    fails(&[
        ("int('five')", "`five` is not an int"),
        (
            "int(1e19)",
            "10000000000000000000 is out of the range of `int`",
        ),
        ("uint(-1.0)", "-1 is out of the range of `uint`"),
        ("double('1e999')", "1e999 is out of the range of `double`"),
        ("bool('yes')", "`yes` is not a bool"),
        ("string(b'\\xff')", "the bytes are not valid UTF-8"),
        ("string([1])", "no such overload: `string` on (list)"),
        (
            "duration('soon')",
            "`soon` is not a duration: a number is missing here",
        ),
        (
            "duration('PT20M')",
            "`PT20M` is not a duration: a number is missing here",
        ),
        (
            "timestamp('2026-03-02')",
            "`2026-03-02` is not a timestamp: it must look like `2026-03-02T18:00:00Z`",
        ),
        (
            "timestamp(253402300800)",
            "253402300800 seconds are out of the range of timestamps",
        ),
        ("base64.decode('!')", "the text is not base64"),
    ]);
}

#[test]
fn times() {
    let t = "timestamp('2026-03-02T18:04:05.678Z')";
    for (part, utc, paris) in [
        ("getFullYear", 2026, 2026),
        ("getMonth", 2, 2),
        ("getDate", 2, 2),
        ("getDayOfMonth", 1, 1),
        ("getDayOfWeek", 1, 1),
        ("getDayOfYear", 60, 60),
        ("getHours", 18, 19),
        ("getMinutes", 4, 4),
        ("getSeconds", 5, 5),
        ("getMilliseconds", 678, 678),
    ] {
        holds(&[
            (&format!("{t}.{part}()"), &utc.to_string()),
            (&format!("{t}.{part}('Europe/Paris')"), &paris.to_string()),
        ]);
    }
    holds(&[
        (
            "timestamp('2026-07-02T18:00:00Z').getHours('Europe/Paris')",
            "20",
        ),
        ("timestamp('2026-03-02T18:00:00Z').getDate('+11:00')", "3"),
        (
            "timestamp('2026-03-02T18:00:00Z').getMinutes('-02:30')",
            "30",
        ),
        ("timestamp('2026-03-01T00:00:00Z').getDayOfWeek()", "0"),
        ("duration('3h4m5.678s').getHours()", "3"),
        ("duration('3h4m5.678s').getMinutes()", "184"),
        ("duration('3h4m5.678s').getSeconds()", "11045"),
        ("duration('3h4m5.678s').getMilliseconds()", "678"),
        (
            "timestamp('2026-03-02T18:00:00Z') + duration('6h')",
            "timestamp('2026-03-03T00:00:00Z')",
        ),
        ("duration('1d') - duration('1h')", "duration('23h')"),
        (
            "timestamp('2026-03-02T18:00:00Z') - timestamp('2026-03-01T18:00:00Z')",
            "duration('1d')",
        ),
    ]);
    fails(&[
        (
            "timestamp(0).getHours('Mars/Olympus')",
            "`Mars/Olympus` is not a time zone",
        ),
        (
            "timestamp(0).getHours('+25:00')",
            "`+25:00` is not a time zone",
        ),
        (
            "timestamp('0001-01-01T00:00:00Z') - duration('1s')",
            "the result is out of the range of timestamps",
        ),
        (
            "duration('315576000000s') + duration('1s')",
            "the result is out of the range of durations",
        ),
    ]);
}

#[test]
fn lists_and_sets() {
    holds(&[
        ("[1, 2, 1, 2.0, 3u, 'a', 'a'].distinct()", "[1, 2, 3u, 'a']"),
        (
            "[{'a': 1, 'b': 2}, {'b': 2, 'a': 1}].distinct().size()",
            "1",
        ),
        ("[[1], [2, [3]], []].flatten()", "[1, 2, [3]]"),
        ("[[1], [2, [3, [4]]]].flatten(2)", "[1, 2, 3, [4]]"),
        ("[1, 2, 3, 4].slice(1, 3)", "[2, 3]"),
        ("[1, 2].slice(2, 2)", "[]"),
        ("[3, 1, 2].sort()", "[1, 2, 3]"),
        ("['b', 'a', 'B'].sort()", "['B', 'a', 'b']"),
        ("[].sort()", "[]"),
        ("[1, 2, 3].reverse()", "[3, 2, 1]"),
        ("[1, 2].first().value() + [1, 2].last().value()", "3"),
        ("[].first().hasValue()", "false"),
        ("[null, 1].first().hasValue()", "false"),
        ("[1, null].last().hasValue()", "false"),
        ("lists.range(3)", "[0, 1, 2]"),
        ("lists.range(-3)", "[]"),
        (
            "size([1, 2]) + size({'a': 1}) + size(b'abc') + [1].size()",
            "7",
        ),
        ("sets.contains([1, 2, 3], [3, 1.0])", "true"),
        ("sets.contains([1], [2])", "false"),
        ("sets.equivalent([1, 2, 2], [2, 1])", "true"),
        ("sets.equivalent([1], [1, 2])", "false"),
        (
            "sets.intersects([1, 2], [2, 3]) && !sets.intersects([1], [])",
            "true",
        ),
    ]);
    fails(&[
        ("[1, 2].slice(1, 3)", "index 3 is out of range (length 2)"),
        (
            "[1, 2].slice(2, 1)",
            "the slice ends at 1, before it starts at 2",
        ),
        ("[1, 'a'].sort()", "only elements of one type can be sorted"),
        ("[0.0 / 0.0].sort()", "NaN cannot be sorted"),
        ("['a'].sum()", "a string cannot be summed up"),
        ("[9223372036854775807, 1].sum()", "integer overflow"),
        ("[[1]].sort()", "no such overload: `<` on list and list"),
        ("[[1]].flatten(-1)", "cannot flatten -1 levels"),
        (
            "lists.range(10000000)",
            "a list of length 10000000 exceeds the limit of 100000",
        ),
    ]);
}

#[test]
fn optionals() {
    holds(&[
        (
            "optional.of(1).hasValue() && !optional.none().hasValue()",
            "true",
        ),
        ("optional.of(1).value()", "1"),
        (
            "optional.ofNonZeroValue(0).hasValue() || optional.ofNonZeroValue('').hasValue()",
            "false",
        ),
        ("optional.ofNonZeroValue(2).value()", "2"),
        (
            "optional.none().orValue(3) + optional.of(1).orValue(3)",
            "4",
        ),
        ("optional.none().or(optional.of(2)).value()", "2"),
        ("{'a': {'b': 1}}.?a.?b.orValue(0)", "1"),
        ("{'a': {'b': 1}}.?a.b.orValue(0)", "1"),
        ("{'a': {'b': 1}}.?x.b.orValue(0)", "0"),
        ("{'a': {'b': 1}}.?x.?b.orValue(0)", "0"),
        ("has({'a': {'b': 1}}.?a.b) && !has({'a': 1}.?x.b)", "true"),
        ("[1, 2][?1].orValue(0) + [1, 2][?5].orValue(10)", "12"),
        ("{'a': 1}[?'b'].hasValue()", "false"),
        ("optional.of([1, 2])[1].value()", "2"),
        ("[?optional.of(1), ?optional.none(), 2]", "[1, 2]"),
        ("{?'a': optional.of(1), ?'b': optional.none()}", "{'a': 1}"),
        ("optional.of(2).optMap(x, x * 2).value()", "4"),
        ("optional.none().optMap(x, x * 2).hasValue()", "false"),
        (
            "optional.of(2).optFlatMap(x, x > 1 ? optional.of('many') : optional.none()).value()",
            "'many'",
        ),
        ("[optional.of(1), optional.none()].unwrapOpt()", "[1]"),
        ("optional.unwrap([optional.none(), optional.of(1)])", "[1]"),
    ]);
    fails(&[
        ("optional.none().value()", "the optional has no value"),
        ("[?1]", "no such overload: `?` on int"),
        (
            "optional.of(1).optFlatMap(x, x)",
            "no such overload: `optFlatMap` on int",
        ),
    ]);
}
