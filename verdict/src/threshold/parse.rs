//! Expressions in, thresholds out.
//!
//! ```bnf
//! <threshold>    ::= [ <scope> ":" ] <measure> <operator> <bound>
//! <scope>        ::= <stage> | <target> | <stage> <target>
//! <stage>        ::= "stage" '"' <name> '"'              ; as in the shape; \" and \\ inside
//! <target>       ::= <endpoint> | "crud" | "stream"      ; crud: every endpoint but the streaming one
//! <endpoint>     ::= <METHOD> <path>                     ; as in the report: GET /threads/[id]/messages
//! <measure>      ::= <statistic>                         ; of the latency
//!                  | <distribution> "." <statistic>
//!                  | "failures"                          ; failed requests among those with an outcome
//!                  | "complete"                          ; complete streams among those with an outcome
//!                  | "rps"                               ; requests per second of the run or the stage
//! <distribution> ::= "latency" | "ttft" | "ttfr" | "icl" | "tpot" | "e2e" | "ttfb" | "headers"
//!                  | "first_event" | "connect" | "tokens_per_s"
//!                  | "start_delay" | "from_start" | "from_due" | "text_from_due"   ; of arrivals
//! <statistic>    ::= "p" <number> | "med" | "avg" | "max"      ; 0 < number < 100, 4 decimals at most
//! <operator>     ::= "<" | "<=" | ">" | ">="
//! <bound>        ::= <number> <time> | <number> "%" | <number> [ "/s" ]
//! <time>         ::= "us" | "µs" | "ms" | "s" | "min"
//! <number>       ::= <digits> [ "." <digits> ]
//! ```
//!
//! Blanks may stand between the parts. Times take a time, shares (`failures`, `complete`) per cent,
//! rates (`rps`, `tokens_per_s`) a bare number.

use common::stats::Metric;

use super::bound::{BoundUnit, WHOLE, bound, exact};
use super::expression::Places;
use super::{
    Expression, Level, Measure, Operator, Scope, ScopeTarget, Share, Statistic, Threshold, ThresholdError,
    ThresholdErrorKind, Times,
};

/// The longest expression, in characters.
const MAX_LENGTH: usize = 500;

/// Every word that may begin a measure, but for percentiles.
const MEASURES: &str =
    "failures complete rps avg med max p95 ttft icl tpot e2e ttfb headers first_event connect latency";

/// Reads an expression.
///
/// # Errors
/// What is wrong with it, and at which character.
pub fn parse(text: &str) -> Result<Expression, ThresholdError> {
    Reader { text, chars: text.chars().collect(), at: 0 }.expression()
}

/// The characters of an expression, and how far they were read.
struct Reader<'a> {
    text: &'a str,
    chars: Vec<char>,
    at: usize,
}

impl Reader<'_> {
    fn wrong<T>(&self, at: usize, error: ThresholdErrorKind) -> Result<T, ThresholdError> {
        Err(ThresholdError { text: self.text.to_owned(), at, kind: error })
    }

    fn expression(&mut self) -> Result<Expression, ThresholdError> {
        if self.chars.len() > MAX_LENGTH {
            return self.wrong(MAX_LENGTH, ThresholdErrorKind::TooLong(MAX_LENGTH));
        }
        self.blanks();
        if self.peek().is_none() {
            return self.wrong(self.at, ThresholdErrorKind::Empty);
        }
        let mut places = Places::default();
        let scope = self.scope(&mut places)?;
        self.blanks();
        places.measure = self.at;
        let measure = self.measure()?;
        self.blanks();
        let sign = self.at;
        let operator = self.operator()?;
        self.blanks();
        let bound = self.bound(measure.unit())?;
        self.blanks();
        if self.peek().is_some() {
            return self.wrong(self.at, ThresholdErrorKind::Trailing);
        }
        if let Some(error) = pointless(measure, operator, bound) {
            return self.wrong(sign, error);
        }
        let threshold = Threshold { scope, measure, operator, bound };
        Ok(Expression { threshold, text: self.text.to_owned(), places })
    }

    /// The scope and its colon, if there is one.
    fn scope(&mut self, places: &mut Places) -> Result<Scope, ThresholdError> {
        let start = self.at;
        let word = self.word();
        let stage = match word.as_str() {
            "stage" => {
                self.blanks();
                places.stage = self.at;
                Some(self.quoted()?)
            }
            _ => {
                self.at = start;
                None
            }
        };
        self.blanks();
        if stage.is_some() && self.take(':') {
            return Ok(Scope { stage, target: ScopeTarget::All });
        }
        places.target = self.at;
        let target = self.target(stage.is_some())?;
        Ok(Scope { stage, target })
    }

    /// A target and its colon. Without a stage before it, it may be absent.
    fn target(&mut self, needed: bool) -> Result<ScopeTarget, ThresholdError> {
        let start = self.at;
        let word = self.word();
        let after = self.at;
        if !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase()) {
            let small = word.to_ascii_lowercase();
            if MEASURES.split(' ').any(|measure| measure == small) {
                return self.wrong(start, ThresholdErrorKind::Capitals { word, small });
            }
            return self.endpoint(word);
        }
        self.blanks();
        if self.take(':') {
            return match word.as_str() {
                "crud" => Ok(ScopeTarget::Crud),
                "stream" => Ok(ScopeTarget::Stream),
                "mixed" => self.wrong(start, ThresholdErrorKind::Mixed),
                _ => self.wrong(start, ThresholdErrorKind::UnknownScope(word)),
            };
        }
        if needed {
            let known = matches!(word.as_str(), "crud" | "stream");
            return self.wrong(if known { after } else { start }, ThresholdErrorKind::NoColon);
        }
        self.at = start;
        Ok(ScopeTarget::All)
    }

    /// The path of an endpoint and the colon after it. A path may hold colons itself; no measure does,
    /// so the last one counts.
    fn endpoint(&mut self, method: String) -> Result<ScopeTarget, ThresholdError> {
        self.blanks();
        if self.peek() != Some('/') {
            return self.wrong(self.at, ThresholdErrorKind::NoPath);
        }
        let rest = &self.chars[self.at..];
        let Some(colon) = rest.iter().rposition(|c| *c == ':') else {
            let path = rest.iter().position(|c| c.is_whitespace()).unwrap_or(rest.len());
            return self.wrong(self.at + path, ThresholdErrorKind::NoColon);
        };
        let path: String = rest[..colon].iter().collect();
        self.at += colon + 1;
        Ok(ScopeTarget::Endpoint { method, path: path.trim_end().to_owned() })
    }

    fn quoted(&mut self) -> Result<String, ThresholdError> {
        let start = self.at;
        if !self.take('"') {
            return self.wrong(start, ThresholdErrorKind::Unquoted);
        }
        let mut name = String::new();
        loop {
            match self.next() {
                Some('"') => return Ok(name),
                Some('\\') if matches!(self.peek(), Some('"' | '\\')) => name.extend(self.next()),
                Some(c) => name.push(c),
                None => return self.wrong(start, ThresholdErrorKind::Unclosed),
            }
        }
    }

    fn measure(&mut self) -> Result<Measure, ThresholdError> {
        let start = self.at;
        let word = self.word();
        match word.as_str() {
            "" if self.peek() == Some('/') => return self.wrong(start, ThresholdErrorKind::NoMethod),
            "" => return self.wrong(start, ThresholdErrorKind::NoMeasure),
            "failures" => return Ok(Measure::Share(Share::Failures)),
            "complete" => return Ok(Measure::Share(Share::Complete)),
            "rps" => return Ok(Measure::Rate),
            _ => {}
        }
        let Some(times) = distribution(&word) else {
            self.at = start;
            return self.statistic(false).map(|statistic| Measure::Figure(Times::Latency, statistic));
        };
        if !self.take('.') {
            return self.wrong(self.at, ThresholdErrorKind::NoStatistic(word));
        }
        self.statistic(true).map(|statistic| Measure::Figure(times, statistic))
    }

    /// A statistic, which must come when a distribution stands `before` it.
    fn statistic(&mut self, before: bool) -> Result<Statistic, ThresholdError> {
        let start = self.at;
        let word = self.word();
        let number = word.strip_prefix('p').filter(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
        match (word.as_str(), number) {
            ("avg", _) => Ok(Statistic::Mean),
            ("med", _) => Ok(Statistic::Percentile(Level(500_000))),
            ("max", _) => Ok(Statistic::Max),
            (_, Some(whole)) => {
                let mut digits = whole.to_owned();
                if self.peek() == Some('.') {
                    digits.extend(self.next());
                    digits += &self.word();
                }
                match percentile(&digits) {
                    Some(statistic) => Ok(statistic),
                    None => self.wrong(start, ThresholdErrorKind::BadPercentile(format!("p{digits}"))),
                }
            }
            _ if before => self.wrong(start, ThresholdErrorKind::UnknownStatistic(word)),
            _ => {
                let known: Vec<&'static str> = MEASURES.split(' ').collect();
                let near = common::shape::closest(&word, &known);
                self.wrong(start, ThresholdErrorKind::UnknownMeasure { word, near })
            }
        }
    }

    fn operator(&mut self) -> Result<Operator, ThresholdError> {
        let start = self.at;
        let first = self.next();
        let equal = self.take('=');
        match (first, equal) {
            (Some('<'), false) => Ok(Operator::Below),
            (Some('<'), true) => Ok(Operator::AtMost),
            (Some('>'), false) => Ok(Operator::Above),
            (Some('>'), true) => Ok(Operator::AtLeast),
            (Some('='), _) | (Some('!'), true) => self.wrong(start, ThresholdErrorKind::Equality),
            _ => self.wrong(start, ThresholdErrorKind::NoOperator),
        }
    }

    fn bound(&mut self, kind: BoundUnit) -> Result<u64, ThresholdError> {
        let start = self.at;
        let mut digits = self.digits();
        if digits.is_empty() {
            return self.wrong(start, ThresholdErrorKind::NoNumber);
        }
        if self.take('.') {
            let rest = self.digits();
            if rest.is_empty() {
                return self.wrong(self.at, ThresholdErrorKind::NoNumber);
            }
            digits = format!("{digits}.{rest}");
        }
        self.blanks();
        let unit_at = self.at;
        let mut unit = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_alphabetic() || matches!(c, '%' | '/')) {
            unit.push(c);
            self.at += 1;
        }
        bound(&digits, &unit, kind).or_else(|error| match error {
            ThresholdErrorKind::TooFine { .. } | ThresholdErrorKind::TooLarge { .. } => {
                self.wrong(start, error)
            }
            _ => self.wrong(unit_at, error),
        })
    }

    fn word(&mut self) -> String {
        self.run(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    fn digits(&mut self) -> String {
        self.run(|c| c.is_ascii_digit())
    }

    fn blanks(&mut self) {
        self.run(char::is_whitespace);
    }

    fn run(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.peek().is_some_and(&wanted) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }
}

fn distribution(word: &str) -> Option<Times> {
    match word {
        "latency" => Some(Times::Latency),
        _ => Metric::ALL.into_iter().find(|metric| metric.name() == word).map(Times::Stream),
    }
}

fn percentile(digits: &str) -> Option<Statistic> {
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let level = exact(digits, 4).filter(|level| (1..WHOLE).contains(level) && plain(whole) && plain(rest))?;
    u32::try_from(level).ok().map(|level| Statistic::Percentile(Level(level)))
}

/// A share at the end of its range is always, or never, beyond the bound.
fn pointless(measure: Measure, operator: Operator, bound: u64) -> Option<ThresholdErrorKind> {
    match (measure, operator, bound) {
        (Measure::Share(_), Operator::Below, 0) | (Measure::Share(_), Operator::Above, WHOLE) => {
            Some(ThresholdErrorKind::Pointless("never"))
        }
        (Measure::Share(_), Operator::AtLeast, 0) | (Measure::Share(_), Operator::AtMost, WHOLE) => {
            Some(ThresholdErrorKind::Pointless("always"))
        }
        _ => None,
    }
}
