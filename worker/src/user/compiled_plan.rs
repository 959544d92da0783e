//! What all users of a core share: the plan, parsed once so that the hot path need not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::api::{Api, Call, History, Operation, Placeholder, Template, Think};
use common::arrivals::ArrivalUnit;
use common::asking::Asking;
use common::class::{PerClass, UserClass, UserKey};
use common::plan::Plan;
use common::shape::parse_duration;
use http::HeaderName;

use super::capture::{CaptureError, CompiledCapture};
use super::compiled_call::CompiledCall;
use super::compiled_life::CompiledLife;
use super::prompt;
use super::session::known;
use super::text::push_header;
use crate::chat::{Dialect, DialectError, Kept, StreamLimits};
use crate::http::{Client, RequestLimits, Target};

/// Why a plan's API description cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// A method that HTTP does not allow.
    #[error("`{0}` is no HTTP method; correct the API description")]
    Method(String),
    /// A header name that HTTP does not allow.
    #[error("`{0}` is no name of an HTTP header; correct `user_header` in the API description")]
    UserHeader(String),
    /// A value that cannot be captured.
    #[error("`{0}` cannot be captured: {1}; correct the API description")]
    Capture(String, CaptureError),
    /// A time that is none.
    #[error("`login_every` in the API description: `{0}` is no time")]
    Every(String),
    /// The same of one of the API's own headers.
    #[error("`{0}` is no name of an HTTP header; correct `headers` in the API description")]
    Header(String),
    /// A column of the users' file that it does not have.
    #[error(
        "{0} of the API description names a column that the users' file does not have, or what no call captures; correct either"
    )]
    Column(String),
    /// A step that is no call.
    #[error("there is no call `{0}` for users to make; correct `users` in the API description")]
    Step(String),
    /// Paths in the stream's dialect that lead nowhere.
    #[error("the API description is not usable: {0}")]
    Dialect(#[from] DialectError),
}

/// A plan with its templates, paths and headers parsed.
#[derive(Debug)]
pub(crate) struct CompiledPlan {
    plan: Arc<Plan>,
    target: Target,
    /// By operation; `None` where the service has no such call.
    calls: Vec<Option<CompiledCall>>,
    /// What the users of each class do.
    lives: PerClass<CompiledLife>,
    /// The cheap call; `None` where the API file says that there is none.
    probe: Option<CompiledCall>,
    /// Names of captured values, by their places.
    captured: Vec<String>,
    /// Headers of answers that are kept for captures and cookies.
    kept_headers: Arc<[HeaderName]>,
    /// How long a sign-in lasts at most.
    sign_in_every: Option<Duration>,
    user_header: Option<HeaderName>,
    /// Headers that each user fills in for itself.
    own_headers: Vec<(HeaderName, Template)>,
    /// What prompts begin with that share a beginning.
    shared_prefix: String,
    /// Whether any call sends the conversation.
    sends_history: bool,
    dialect: Dialect,
    stream_limits: StreamLimits,
}

impl CompiledPlan {
    /// # Errors
    /// A method, a header name or a path in the stream that cannot be used.
    pub(crate) fn compile(plan: Arc<Plan>, target: Target) -> Result<CompiledPlan, CompileError> {
        let base = target.base_path();
        let mut calls: Vec<Option<CompiledCall>> = Vec::new();
        for (operation, call) in plan.api.made() {
            let place = operation.index();
            calls.resize_with(calls.len().max(place + 1), || None);
            calls[place] = Some(CompiledCall::compile(&plan, operation, call, base)?);
        }
        let user_header = match plan.api.user_header.as_str() {
            "" => None,
            name => Some(name.parse().map_err(|_| CompileError::UserHeader(name.to_owned()))?),
        };
        let probe = Some(plan.api.probe()).filter(|probe| !probe.skip);
        let probe = probe.map(|probe| CompiledCall::of(&plan, probe, "[probe]", base)).transpose()?;
        let is_sent = |call: &Call| call.templates().any(|text| text.has(Placeholder::Messages));
        let sends_history = plan.api.made().any(|(_, call)| is_sent(call));
        let [crud, stream, mixed] = UserClass::ALL.map(|class| {
            CompiledLife::compile(&plan.api, plan.api.users.of(class)).map_err(CompileError::Step)
        });
        let sign_in_every = match plan.api.login_every.as_str() {
            "" => None,
            text => Some(parse_duration(text).map_err(|_| CompileError::Every(text.to_owned()))?),
        };
        Ok(CompiledPlan {
            kept_headers: kept_headers(&plan.api, &calls),
            calls,
            captured: plan.api.captured(),
            sign_in_every,
            probe,
            lives: [crud?, stream?, mixed?],
            user_header,
            shared_prefix: plan
                .asking
                .shared
                .map_or_else(String::new, |shared| prompt::shared(plan.seed, shared)),
            sends_history,
            own_headers: own_headers(&plan)?,
            dialect: Dialect::compile(&plan.api.stream)?,
            stream_limits: StreamLimits::from(&*plan),
            target,
            plan,
        })
    }

    /// A connection to the service.
    pub(super) fn client(&self) -> Client {
        let limits = RequestLimits::from(&*self.plan);
        let mut client = Client::new(self.target.clone(), limits, self.user_header.clone());
        client.keep_headers(Arc::clone(&self.kept_headers));
        client
    }

    /// Writes the headers that a user with this row and these captured values sends; one that wants a value which
    /// is not captured yet is left out.
    pub(super) fn write_headers(&self, out: &mut Vec<u8>, row: &[String], captured: &[Option<String>]) {
        for (name, value) in &self.own_headers {
            let start = out.len();
            let mut whole = true;
            out.extend_from_slice(name.as_str().as_bytes());
            out.extend_from_slice(b": ");
            value.render(out, |place, out| match known(place, row, captured) {
                Some(text) => push_header(out, text.as_bytes()),
                None => whole = false,
            });
            out.extend_from_slice(b"\r\n");
            out.truncate(if whole { out.len() } else { start });
        }
    }

    /// How conversations are written, if any call sends them.
    pub(super) fn history(&self) -> Option<&History> {
        self.sends_history.then_some(&self.plan.api.history)
    }

    /// Places of what is captured from the events of streams.
    pub(super) fn of_events(&self) -> impl Iterator<Item = u16> {
        self.event_captures().filter_map(|capture| capture.place)
    }

    fn event_captures(&self) -> impl Iterator<Item = &CompiledCapture> {
        let chat = self.call(Operation::Chat).map_or(&[][..], |chat| &chat.captures);
        chat.iter().filter(|capture| capture.event().is_some())
    }

    /// Whether anything of a streamed answer is kept.
    pub(super) fn keeps(&self) -> bool {
        self.sends_history || self.event_captures().next().is_some()
    }

    /// Room for it.
    pub(super) fn kept(&self) -> Kept {
        let most = self.history().map_or(0, |history| history.max_bytes as usize);
        Kept::new(most, self.event_captures().filter_map(CompiledCapture::event).cloned())
    }

    /// How many values calls capture.
    pub(super) fn captured(&self) -> usize {
        self.captured.len()
    }

    /// Names of what calls capture, by the places of the values.
    pub(super) fn captured_names(&self) -> &[String] {
        &self.captured
    }

    /// Whether the value of this header may be a secret.
    pub(super) fn hides_header(&self, name: &str) -> bool {
        let api = &self.plan.api;
        let is_of_call = || api.made().any(|(_, call)| call.headers.contains_key(name));
        name == "cookie" || api.headers.contains_key(name) || is_of_call()
    }

    pub(super) fn keeps_cookies(&self) -> bool {
        self.plan.api.cookies
    }

    /// Whether a user that signed in at `at` must do so again, or for the first time.
    pub(super) fn must_sign_in(&self, at: Option<Instant>) -> bool {
        let lasts = |at: Instant| self.sign_in_every.is_none_or(|every| at.elapsed() < every);
        self.call(Operation::Login).is_some() && !at.is_some_and(lasts)
    }

    /// The user's row of the users' file; empty without a file.
    pub(super) fn row(&self, user: UserKey) -> &[String] {
        match self.plan.arrivals {
            Some(_) => self.plan.users.row_in_turn(user.1),
            None => self.plan.users.row_of(user).unwrap_or_default(),
        }
    }

    /// What arrives, in an open load.
    pub(super) fn arrival_unit(&self) -> ArrivalUnit {
        self.plan.arrivals.as_ref().map(|arrivals| arrivals.unit).unwrap_or_default()
    }

    /// Whether the users' file has a row for this user, or there is no such file.
    pub(super) fn knows(&self, user: UserKey) -> bool {
        self.plan.users.columns.is_empty() || self.plan.users.row_of(user).is_some()
    }

    /// What no text may show, beside the cells of a user's row: values of headers, and what follows a scheme in
    /// them. Short ones are no keys, and may be any word.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let of_calls = self.plan.api.made().flat_map(|(_, call)| call.headers.values());
        let constant = self.plan.api.headers.values().chain(of_calls).filter(|value| value.is_constant());
        let parts = constant.flat_map(|value| {
            let value = value.source();
            [Some(value), value.split_once(' ').map(|(_, rest)| rest)].into_iter().flatten()
        });
        parts.filter(|part| part.len() >= super::secrets::TELLING)
    }

    /// What users of `class` do.
    pub(super) fn life(&self, class: UserClass) -> &CompiledLife {
        &self.lives[class.index()]
    }

    pub(super) fn call(&self, operation: Operation) -> Option<&CompiledCall> {
        self.calls.get(operation.index()).and_then(Option::as_ref)
    }

    pub(super) fn probe(&self) -> Option<&CompiledCall> {
        self.probe.as_ref()
    }

    /// The row of whoever is no user.
    pub(super) fn spare_row(&self) -> &[String] {
        self.plan.users.spare_row()
    }

    pub(super) fn has_work_for(&self, class: UserClass) -> bool {
        self.plan.api.occupies(class, self.plan.mock_llm)
    }

    pub(super) fn sends_user(&self) -> bool {
        self.user_header.is_some()
    }

    /// What users ask; if empty, they make up sentences.
    pub(super) fn prompts(&self) -> &[String] {
        &self.plan.prompts
    }

    /// What questions are made of beside that.
    pub(super) fn asking(&self) -> &Asking {
        &self.plan.asking
    }

    /// What prompts begin with that share a beginning.
    pub(super) fn shared_prefix(&self) -> &str {
        &self.shared_prefix
    }

    pub(super) fn seed(&self) -> u64 {
        self.plan.seed
    }

    /// The pause between two steps of users of `class`.
    pub(super) fn think(&self, class: UserClass) -> Think {
        self.life(class).think.unwrap_or(self.plan.think)
    }

    pub(super) fn mocks_llm(&self) -> bool {
        self.plan.mock_llm
    }

    pub(super) fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    pub(super) fn stream_limits(&self) -> &StreamLimits {
        &self.stream_limits
    }
}

/// The headers that a user fills in; those of all alike are the target's.
fn own_headers(plan: &Plan) -> Result<Vec<(HeaderName, Template)>, CompileError> {
    let names = plan.api.captured();
    let own = plan.api.headers.iter().filter(|(_, value)| !value.is_constant());
    own.map(|(name, value)| {
        let missing = || CompileError::Column(format!("the header `{name}`"));
        let header = name.parse().map_err(|_| CompileError::Header(name.clone()))?;
        Ok((header, value.clone().bind(&plan.users.columns, &names).ok_or_else(missing)?))
    })
    .collect()
}

/// The headers of answers that somebody wants.
fn kept_headers(api: &Api, calls: &[Option<CompiledCall>]) -> Arc<[HeaderName]> {
    let captured = calls.iter().flatten().flat_map(|call| &call.captures).filter_map(CompiledCapture::header);
    let cookies = api.cookies.then_some(http::header::SET_COOKIE);
    let mut all: Vec<HeaderName> = captured.chain(cookies).collect();
    all.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    all.dedup();
    all.into()
}
