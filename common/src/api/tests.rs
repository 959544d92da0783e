//! An API as its file says it, and back.

use super::*;

#[test]
fn the_default_survives_toml() {
    let api = Api::default();
    assert_eq!(Api::from_toml(&api.to_toml()), Ok(api));
}

#[test]
fn endpoints_fold_ids() {
    let names: Vec<_> =
        Api::default().endpoints().into_iter().map(|e| format!("{} {}", e.method, e.name)).collect();
    assert_eq!(
        names,
        [
            "GET /threads",
            "POST /threads",
            "PATCH /threads/[id]",
            "DELETE /threads/[id]",
            "GET /threads/[id]/messages",
            "POST /threads/[id]/messages",
            "POST /chat/stream",
            " ", // nobody signs in
        ]
    );
}

#[test]
fn nonsense_is_refused_with_a_reason() {
    let with = |from: &str, to: &str| Api::from_toml(&Api::default().to_toml().replace(from, to));
    assert!(matches!(with("PATCH", "FETCH"), Err(ApiError::Method(m)) if m == "FETCH"));
    assert!(matches!(with("\"/threads\"", "\"threads\""), Err(ApiError::Path(p)) if p == "threads"));
    assert!(matches!(with("${title}", "${titel}"), Err(ApiError::Format(m)) if m.contains("titel")));
    assert!(matches!(with("name = ", "nome = "), Err(ApiError::Format(_))));
    assert!(matches!(with("[\"chat\"]", "[\"chit\"]"), Err(ApiError::Step(step)) if step == "chit"));
    assert!(matches!(with("weight = 2", "weight = 0"), Err(ApiError::Step(_))));
}

#[test]
fn an_answer_is_asked_for_with_so_many_tokens() {
    let mut api = Api::default();
    assert!(!api.ask_for_tokens() && !api.asks_for_tokens());
    api.max_tokens_field = "options.most".to_owned();
    assert!(api.ask_for_tokens() && api.asks_for_tokens());
    let body = r#"{"options":{"most":${answer_tokens}},"thread_id":"${thread}","message":"${content}"}"#;
    assert_eq!(api.chat.body.as_ref().map(Template::source), Some(body));
    assert!(api.ask_for_tokens(), "once is enough");
    assert_eq!(api.chat.body.as_ref().map(Template::source), Some(body));
}

#[test]
fn a_file_has_calls_of_its_own() {
    let own = |path: &str| Call::plain("GET", Template::fixed(path), Answer::Any);
    let calls = [("b", "/b"), ("a", "/a")].map(|(name, path)| (name.to_owned(), own(path))).into();
    let mut api = Api { calls, ..Api::default() };
    api.chat.events = Some(Box::new(own("/events")));
    let text = api.to_toml();
    assert_eq!(Api::from_toml(&text).as_ref(), Ok(&api));
    let names: Vec<String> = api.endpoints().into_iter().map(|endpoint| endpoint.name).collect();
    assert_eq!(names[6..], ["/events", "", "/chat/stream", "/a", "/b"]);
    assert_eq!((api.operation("b"), api.operation("login")), (Operation::own(1), None));
    assert_eq!(api.place(Operation::Own(1)), "[calls.b]");
    api.calls = (0..=OWN_CALLS).map(|n| (format!("c{n:02}"), own("/c"))).collect();
    assert_eq!(Api::from_toml(&api.to_toml()), Err(ApiError::TooMany));
    assert_eq!(Operation::own(OWN_CALLS), None);
    assert_eq!(Operation::own(OWN_CALLS - 1).map(Operation::index), Some(OPERATIONS - 1));
}

#[test]
fn whoever_only_makes_and_removes_threads_is_idle() {
    let mut api = Api::default();
    let idle = |api: &Api, mock| UserClass::ALL.map(|class| !api.occupies(class, mock));
    assert_eq!(idle(&api, false), [false; 3]);
    assert_eq!(UserClass::ALL.map(|class| api.streams(class)), [false, true, true]);
    for operation in [Operation::ListThreads, Operation::ListMessages, Operation::PostMessage] {
        api.table_mut(operation).skip = true;
    }
    assert_eq!(idle(&api, true), [false, true, true]);
    api.table_mut(Operation::Chat).skip = true;
    assert_eq!(idle(&api, false), [false, true, true]);
}
