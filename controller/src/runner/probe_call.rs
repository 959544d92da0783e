//! What the canary asks for: the same piece of work from the run's beginning to its end.
//!
//! A list of all threads grows with the users; a thread of the canary's own, with one message, does not.

use common::api::{Call, PROBE_HEADER, Placeholder, Template};
use common::plan::Plan;
use serde_json::Value;

use crate::api::{in_json, in_path};

/// What its title and its message say.
const TEXT: &str = "canary";

/// One request that can be made again and again.
pub(crate) struct ProbeCall {
    base_url: String,
    ask: Prepared,
    /// What removes what was made for it.
    remove: Option<Prepared>,
}

/// A call with its placeholders filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Prepared {
    method: String,
    path: String,
    body: Option<String>,
}

impl ProbeCall {
    /// The API's `[probe]`; without one, the messages of a thread that is made now. Where there is no thread to be
    /// had, the list of threads.
    pub(crate) async fn prepare(client: &reqwest::Client, plan: &Plan) -> ProbeCall {
        let (api, base_url) = (&plan.api, plan.base_url.clone());
        let has_threads = api.probe.is_none() && !api.create_thread.skip && !api.list_messages.skip;
        let thread = match has_threads {
            true => make_thread(client, plan).await,
            false => None,
        };
        let Some(thread) = thread else {
            return ProbeCall { base_url, ask: Prepared::of(api.probe(), "", plan), remove: None };
        };
        let remove = (!api.delete_thread.skip).then(|| Prepared::of(&api.delete_thread, &thread, plan));
        ProbeCall { base_url, ask: Prepared::of(&api.list_messages, &thread, plan), remove }
    }

    /// The request, once more.
    pub(crate) fn request(&self, client: &reqwest::Client) -> reqwest::RequestBuilder {
        self.ask.request(client, &self.base_url)
    }

    /// Removes what was made for it.
    pub(crate) async fn clean_up(&self, client: &reqwest::Client) {
        if let Some(remove) = &self.remove
            && let Err(error) = remove.request(client, &self.base_url).send().await
        {
            tracing::debug!("the canary's thread stays: {error}");
        }
    }
}

impl Prepared {
    fn of(call: &Call, thread: &str, plan: &Plan) -> Prepared {
        let fill = |text: &Template, write: fn(&str) -> String| filled(text, thread, plan, write);
        Prepared {
            method: call.method.clone(),
            path: fill(&call.path, in_path),
            body: call.body.as_ref().map(|body| fill(body, in_json)),
        }
    }

    fn request(&self, client: &reqwest::Client, base_url: &str) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(self.method.as_bytes()).unwrap_or(reqwest::Method::GET);
        // No load: whoever counts requests can tell it from those of users, which alone are reported.
        let request = client.request(method, format!("{base_url}{}", self.path)).header(PROBE_HEADER, TEXT);
        match &self.body {
            Some(body) => request.header("content-type", "application/json").body(body.clone()),
            None => request,
        }
    }
}

/// The text as whoever is no user sends it.
pub(super) fn filled(text: &Template, thread: &str, plan: &Plan, write: fn(&str) -> String) -> String {
    let row = plan.users.spare_row();
    let mut filled = Vec::new();
    if let Some(bound) = text.clone().bind(&plan.users.columns) {
        bound.render(&mut filled, |place, out| out.extend(write(value(place, thread, row)).into_bytes()));
    }
    String::from_utf8_lossy(&filled).into_owned()
}

fn value<'v>(place: Placeholder, thread: &'v str, row: &'v [String]) -> &'v str {
    match place {
        Placeholder::Column(column) => row.get(usize::from(column)).map_or("", String::as_str),
        // It posts one message; the thread's id is one that no other message has.
        Placeholder::Thread | Placeholder::Message => thread,
        Placeholder::Role => "user",
        Placeholder::Title | Placeholder::Content => TEXT,
    }
}

/// Makes a thread with one message, and gives its id.
async fn make_thread(client: &reqwest::Client, plan: &Plan) -> Option<String> {
    let (api, base_url) = (&plan.api, plan.base_url.as_str());
    let own = format!("lt-{}", uuid::Uuid::new_v4().simple());
    let answer = sent(Prepared::of(&api.create_thread, &own, plan).request(client, base_url)).await?;
    let thread = match api.thread_id_field.as_str() {
        "" => own,
        field => given_id(&answer, field)?,
    };
    if !api.post_message.skip {
        sent(Prepared::of(&api.post_message, &thread, plan).request(client, base_url)).await?;
    }
    Some(thread)
}

async fn sent(request: reqwest::RequestBuilder) -> Option<Vec<u8>> {
    let answer = request.send().await.and_then(reqwest::Response::error_for_status);
    match answer {
        Ok(answer) => answer.bytes().await.ok().map(Into::into),
        Err(error) => {
            tracing::info!("the canary has no thread of its own ({error}); it asks for what [probe] says");
            None
        }
    }
}

/// The id that the service gave the thread.
fn given_id(answer: &[u8], field: &str) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    match answer.pointer(&format!("/{}", field.replace('.', "/")))? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}
