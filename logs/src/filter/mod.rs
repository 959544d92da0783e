//! Which requests are wanted.

mod parse;
mod token;

use std::str::FromStr;

use common::request_log::LoggedRequest;

use crate::error::FilterError;
use crate::field::{Field, FieldValue};
use parse::parse;
use token::Operator;

/// An expression of `--where`, understood.
#[derive(Debug, Clone)]
pub struct Filter(Condition);

#[derive(Debug, Clone)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Compare(Subject, Operator, Operand),
}

/// What is compared.
#[derive(Debug, Clone)]
enum Subject {
    Field(Field),
    /// The id of this name.
    Id(String),
}

/// What it is compared with.
#[derive(Debug, Clone)]
enum Operand {
    Number(f64),
    Text(String),
    Flag(bool),
    /// That there is nothing.
    Nothing,
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Filter, FilterError> {
        parse(text).map(Filter)
    }
}

impl Filter {
    /// Whether a request is wanted.
    #[must_use]
    pub fn holds(&self, request: &LoggedRequest<'_>) -> bool {
        self.0.holds(request)
    }
}

impl Condition {
    fn holds(&self, request: &LoggedRequest<'_>) -> bool {
        match self {
            Condition::All(parts) => parts.iter().all(|part| part.holds(request)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(request)),
            Condition::Compare(subject, operator, operand) => {
                compare(subject.of(request), *operator, operand)
            }
        }
    }
}

impl Subject {
    fn of<'r>(&self, request: &'r LoggedRequest<'_>) -> Option<FieldValue<'r>> {
        match self {
            Subject::Field(field) => (field.of)(request),
            Subject::Id(name) => {
                request.ids.get(name.as_str()).map(|id| FieldValue::Text(id.as_ref().into()))
            }
        }
    }
}

/// What is not there equals nothing, and is neither greater nor less than anything.
fn compare(value: Option<FieldValue<'_>>, operator: Operator, operand: &Operand) -> bool {
    let equal = match (&value, operand) {
        (None, Operand::Nothing) => true,
        (Some(FieldValue::Number(value)), Operand::Number(operand)) => value == operand,
        (Some(FieldValue::Text(value)), Operand::Text(operand)) => value == operand,
        (Some(FieldValue::Flag(value)), Operand::Flag(operand)) => value == operand,
        _ => false,
    };
    let numbers = match (&value, operand) {
        (Some(FieldValue::Number(value)), Operand::Number(operand)) => Some((*value, *operand)),
        _ => None,
    };
    match operator {
        Operator::Equal => equal,
        Operator::NotEqual => !equal,
        Operator::Less => numbers.is_some_and(|(value, operand)| value < operand),
        Operator::AtMost => numbers.is_some_and(|(value, operand)| value <= operand),
        Operator::Greater => numbers.is_some_and(|(value, operand)| value > operand),
        Operator::AtLeast => numbers.is_some_and(|(value, operand)| value >= operand),
        Operator::Contains => match (&value, operand) {
            (Some(FieldValue::Text(value)), Operand::Text(operand)) => value.contains(operand.as_str()),
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"user":7,"class":"stream","session":2,"turn":1,"call":"POST /chat/stream","stage":0,
        "measured":true,"intended":1000.5,"start":1000.5,"sent":1001.0,"first_token":251001.0,"end":2001001.0,
        "outcome":"failed","status":200,"failure":"cut_frame","text":"the stream's \"end\" is missing","bytes":70,
        "connection":"kept","chunks":3,"tokens":{"output":3,"counted":false},"ids":{"thread":"lt-1"}}"#;

    fn holds(text: &str) -> bool {
        let request: LoggedRequest<'_> = serde_json::from_str(LINE).unwrap();
        text.parse::<Filter>().unwrap().holds(&request)
    }

    #[test]
    fn what_is_asked_is_what_is_wanted() {
        for yes in [
            "user=7",
            "user == 7 and class=stream",
            "class=crud or class=stream",
            "class=crud and user=7 or turn=1",
            "turn=1 or class=crud and user=8",
            "(turn=1 or class=crud) and session=2",
            "((user=7))",
            "latency>=2s",
            "latency = 2000000",
            "latency<2.1s and latency > 1999ms",
            "ttft=250ms and ttfr=250ms",
            "call='POST /chat/stream'",
            "call~chat and call ~ \"/chat\"",
            "failure=cut_frame and failure!=timeout",
            "failure~frame",
            "text ~ '\"end\" is'",
            "measured=true AND stalled=false",
            "tokens=3 and tokens_counted=false and cached_tokens<1",
            "finish=none and connect=none and connection!=none",
            "finish!=stop",
            "id.thread=lt-1 and id.other=none and id.thread~lt",
            "start=1000.5 and end<3s",
            "worker=none",
        ] {
            assert!(holds(yes), "{yes}");
        }
        for no in
            ["user=8", "user!=7", "latency<2s", "connect<1s", "connect>=0", "finish=stop", "slowest=true"]
        {
            assert!(!holds(no), "{no}");
        }
    }

    #[test]
    fn what_says_nothing_is_refused_with_what_to_write() {
        for (text, said) in [
            ("", "a field is missing at the end"),
            ("user", "an operator is missing at the end"),
            ("user=", "a value is missing at the end"),
            ("user=7 and", "a field is missing at the end"),
            ("user=7 class=crud", "`and` or `or` is missing before `class`"),
            ("(user=7", "a `)` is missing at the end"),
            ("user=7)", "`and` or `or` is missing before `)`"),
            ("usr=7", "there is no field `usr` (did you mean `user`?); there are: worker, user, class"),
            ("user=7 && class=crud", "`&&` is no word here; write `and` for `&&`"),
            ("id.=7", "there is no field `id.`"),
            ("user=seven", "`seven` is no value of `user`; write a number"),
            ("user=nan", "`nan` is no value of `user`"),
            ("latency>fast", "write microseconds, a time such as 250ms or 2s"),
            ("class=bot", "`bot` is no value of `class`; write one of crud, stream, mixed"),
            ("failure=oops", "one of connect, tls"),
            ("outcome='none'", "`none` is no value of `outcome`"),
            ("measured=1", "write true or false"),
            ("call<3", "`call` is a text and has no order"),
            ("class>crud", "`class` is one of a few words and has no order"),
            ("user~7", "`user` is a number, and ~ looks into texts"),
            ("user!7", "`!` means nothing here"),
            ("call='GET", "the quote that begins with 'GET does not end"),
            ("'user'=7", "a field is missing before `user`"),
        ] {
            let error = text.parse::<Filter>().err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(said), "{text}: {error}");
        }
        let deep = format!("{}user=7{}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(deep.parse::<Filter>().is_err(), "brackets beyond reason");
        assert!(format!("{}user=7{}", "(".repeat(60), ")".repeat(60)).parse::<Filter>().is_ok());
    }
}
