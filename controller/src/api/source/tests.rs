//! API files, right and wrong.

use common::api::{Framing, Life, List, Matcher, Terminal};

use super::*;

fn read(text: &str) -> Result<Api, String> {
    ApiText { text, file: "my.toml" }.api("my").map_err(|error| error.to_string())
}

fn refused(text: &str, line: usize, part: &str) {
    let message = read(text).unwrap_err();
    let at = if line == 0 { "--api my.toml: ".to_owned() } else { format!("--api my.toml line {line}: ") };
    assert!(message.starts_with(&at) && message.contains(part) && !message.contains('\n'), "{message}");
}

#[test]
fn an_empty_file_is_the_default_under_another_name() {
    assert_eq!(read("").unwrap(), Api { name: "my".into(), ..Api::default() });
    assert_eq!(read("name = 'chat v2'").unwrap().name, "chat v2");
}

#[test]
fn a_file_says_what_differs() {
    let api = read(
        "thread_id_field = 'data.id'\nuser_header = ''\n[headers]\nX-Tenant = 'load'\n\
         [create_thread]\npath = '/v1/conversations'\nbody = '{\"name\":\"${title}\"}'\n\
         [delete_thread]\nskip = true\n[list_threads]\nmethod = 'get'\npath = '/v1/conversations?limit=20'\n\
         [stream]\nterminal = { data = '[DONE]' }\n",
    )
    .unwrap();
    assert_eq!((api.thread_id_field.as_str(), api.user_header.as_str()), ("data.id", ""));
    assert_eq!(api.headers["x-tenant"].source(), "load");
    assert_eq!(api.create_thread.path.source(), "/v1/conversations");
    assert_eq!(api.create_thread.method, "POST");
    assert!(api.delete_thread.skip && !api.create_thread.skip);
    assert_eq!(
        (api.list_threads.method.as_str(), api.probe().path.source()),
        ("GET", "/v1/conversations?limit=20")
    );
    assert_eq!(api.stream.text, Api::default().stream.text);
    let done = Matcher { data: Some("[DONE]".to_owned()), ..Matcher::default() };
    assert_eq!(api.stream.terminal, Terminal::Event(done.into()));
}

#[test]
fn a_stream_is_described_by_lists_of_matchers_and_paths() {
    let api = read(
        "[stream]\nframing = 'ndjson'\nmax_event = 7\nterminal = 'body'\ntext_field = ['a', 'b.0.c']\n\
         error = [{ field = 'ok', equals = false }, { field = 'code', equals = 7 }, { json = false }]\n",
    )
    .unwrap();
    let stream = &api.stream;
    assert_eq!((stream.framing, stream.max_event, &stream.terminal), (Framing::Ndjson, 7, &Terminal::Body));
    assert_eq!(stream.text_field, List(vec!["a".to_owned(), "b.0.c".to_owned()]));
    let equals: Vec<_> =
        stream.error.0.iter().map(|matcher| matcher.equals.clone().map(|value| value.0)).collect();
    assert_eq!(equals, [Some("false".to_owned()), Some("7".to_owned()), None]);
    assert_eq!(stream.text, Api::default().stream.text, "what is not said stays");
    assert_eq!(Api::from_toml(&api.to_toml()), Ok(api));
}

#[test]
fn a_preset_takes_constants_of_the_file() {
    let api = read("preset = 'openai'\n[constants]\nmodel = 'a\"b'\n").unwrap();
    let body = api.chat.body.as_ref().unwrap().source();
    assert!(body.starts_with(r#"{"model":"a\"b","messages""#), "{body}");
    assert!(api.create_thread.skip);
    let api = read("preset = 'openai'\n[create_thread]\npath = '/threads'\n").unwrap();
    assert!(!api.create_thread.skip, "whoever says where it is says that it is there");
    let api = read("[constants]\nv = 'a b'\n[list_threads]\npath = '/${v}/threads'\n").unwrap();
    assert_eq!(api.list_threads.path.source(), "/a%20b/threads");
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    refused("[chat\n", 1, "controller api default");
    refused("\n[chat]\npth = '/x'\n", 3, "there is no setting `pth` here; there are `method`");
    refused("[chat]\npath = 7\n", 2, "the number `7` stands where a text in quotes is wanted");
    refused("preset = 'opanai'\n", 1, "`controller api` lists them");
    refused("[chat]\nmethod = 'FETCH'\n", 2, "GET, POST, PUT, PATCH, DELETE");
    for path in ["threads", "", "/a b", "/a#b", "http://h/x", "/é"] {
        refused(&format!("[chat]\npath = '{path}'\n"), 2, "is no path of a URL");
    }
    refused("[chat]\npath = '/${user}'\n", 2, "[constants]");
    refused("[headers]\nk = '${user}'\n", 2, "`${user}` is no placeholder");
    refused("[headers]\nk = '${thread}'\n", 2, "`k` holds `${`");
    refused("[login]\npath = '/in'\ncapture = { thread = 'id' }\n", 3, "only [create_thread]");
    refused("[login]\npath = '/in'\ncapture = { content = 'id' }\n", 3, "`content` is no name of a captured");
    refused("[login]\npath = '/in'\n[login.capture]\nt = 'a..b'\n", 4, "capture: ");
    refused("[login]\npath = '/in'\n[login.capture]\nt = { header = 'a b' }\n", 4, "capture: `a b`");
    refused("[chat]\ncapture = { t = 'id' }\n", 2, "headers, cookies and values of events");
    refused("[login]\npath = '/in'\ncapture = { t = { event = 'id' } }\n", 3, "only the answer of a stream");
    refused("[chat]\ncapture = { t = { event = 'a..b' } }\n", 2, "capture: ");
    refused("[chat]\npath = '/${messages}'\n", 2, "in a body of JSON alone");
    refused("[chat]\nencoding = 'form'\nbody = 'm=${messages}'\n", 3, "in a body of JSON alone");
    refused("[chat]\nbody = '{\"a\":\"${messages}\"}'\n", 2, "is no JSON");
    refused("[chat]\nheaders = { k = '${messages}' }\n", 2, "in a body of JSON alone");
    refused("[history]\nmessage = '{\"a\":\"${thread}\"}'\n", 2, "a message of the history");
    refused("[history]\nmessage = '${content}}'\n", 2, "is no JSON");
    refused("[history]\nmax_bytes = 0\n", 1, "`max_bytes` is 0");
    refused("login_every = 'soon'\n", 1, "login_every: `soon` is no time");
    refused("[chat]\nbody = '{\"a\":${content}'\n", 2, "is no JSON");
    refused("[chat]\nbody = '{\"a\":x${content}}'\n", 2, "is no JSON");
    refused("[constants]\nthread = 'x'\n", 2, "the constant `thread`");
    refused("[constants]\na = '${b}'\n", 2, "the constant `a`");
    refused("\nthread_id_field = 'a..b'\n", 2, "thread_id_field: ");
    refused("user_header = 'a b'\n", 1, "user_header: `a b`");
    refused("[headers]\nhost = 'x'\n", 2, "`host` is written by the users themselves");
    refused("[stream]\nframing = 'sse'\nerror = { equals = 'x' }\n", 3, "without `field`");
    refused("[stream]\ntext_field = ['a', 'b..c']\n", 2, "empty segment");
    refused("[stream]\nterminal = 'end'\n", 2, "`end` ends no stream; write \"body\"");
    refused("[stream]\nterminal = {}\n", 2, "can never hold");
    refused("[stream]\nterminal = []\n", 2, "no answer could be complete");
    refused("[stream]\nterminal = 7\n", 2, "a matcher such as { event = \"done\" }");
    refused("[stream]\nerror = 'x'\n", 2, "a matcher such as { event = \"done\" }");
    refused("[stream]\nerror = { field = 'x', equals = [] }\n", 2, "a text, a number, true or false");
    refused("stream = { text = { data = 'x' }, max_event = 0 }\n", 1, "`max_event` is 0");
    refused("[chat]\nanswer = 'json'\n", 1, "a stream of events");
    refused(
        "\n[rename_thread]\nmethod = 'DELETE'\n",
        2,
        "rename_thread and delete_thread are both DELETE /threads/[id]",
    );
    refused("[list_threads]\nskip = true\n", 0, "add [probe]");
    refused("[list_threads]\npath = '/threads/${thread}/all'\n", 0, "add [probe]");
}

#[test]
fn a_probe_with_a_path_of_its_own_is_a_plain_get() {
    let api =
        read("[list_threads]\nmethod = 'POST'\npath = '/search'\nbody = '{}'\n[probe]\npath = '/health'\n");
    let probe = api.unwrap().probe.unwrap();
    assert_eq!((probe.method.as_str(), probe.path.source(), probe.body), ("GET", "/health", None));
    let api = read("[list_threads]\nmethod = 'POST'\npath = '/search'\nbody = '{}'\n").unwrap();
    assert_eq!((api.probe().method.as_str(), api.probe().body.is_some()), ("POST", true));
}

#[test]
fn a_body_is_json_a_form_or_text() {
    let body = |encoding: &str, body: &str| {
        let api =
            read(&format!("[constants]\nk = 'a&b'\n[chat]\nencoding = '{encoding}'\nbody = '{body}'\n"));
        api.map(|api| api.chat.body.unwrap().source().to_owned())
    };
    assert_eq!(body("form", "m=${content}&k=${k}").unwrap(), "m=${content}&k=a%26b");
    assert_eq!(body("text", "${content}").unwrap(), "${content}");
    for bad in ["${content}", "=x", "a b=1", "m=1&", "m=1&n"] {
        assert!(body("multipart", bad).unwrap_err().contains("line 5: a form is written as"), "{bad}");
    }
    assert!(
        body("xml", "a").unwrap_err().contains("line 4: `xml` cannot stand here"),
        "{:?}",
        body("xml", "a")
    );
}

#[test]
fn calls_of_one_path_have_names_of_their_own() {
    let text = "[rename_thread]\nmethod = 'DELETE'\nname = 'rename'\n";
    let rows: Vec<String> = read(text).unwrap().endpoints().into_iter().map(|row| row.name).collect();
    assert_eq!(rows[2..4], ["rename", "/threads/[id]"]);
    refused("[chat]\nname = \"a\\nb\"\n", 2, "the name of a call");
}

#[test]
fn what_a_call_captures_may_be_sent_by_others() {
    let api = read(
        "cookies = true\nlogin_every = '50s'\n[headers]\nauthorization = 'Bearer ${token}'\n[login]\npath = '/in'\n\
         body = '{\"n\":\"${user.name}\"}'\ncapture = { token = 'data.token', csrf = { cookie = 'x' } }\n\
         [create_thread]\ncapture = { thread = { header = 'location' } }\n[chat]\npath = '/ask?t=${csrf}'\n",
    )
    .unwrap();
    assert!(!api.login.skip && api.cookies);
    assert_eq!(api.captured(), ["csrf", "token"]);
    assert_eq!(api.columns().into_keys().collect::<Vec<_>>(), ["name"]);
    assert_eq!(Api::from_toml(&api.to_toml()).unwrap(), api);
    let text = crate::api::spelled_out(&api);
    assert_eq!(ApiText { text: &text, file: "x" }.api("my").unwrap(), api, "{text}");
}

#[test]
fn a_file_has_calls_and_users_of_its_own() {
    let api = read(
        "[calls.search]\npath = '/search?q=${content}'\nsuccess = [200, 404]\nheaders = { x-thread = '${thread}' }\n\
         [calls.rate]\npath = '/rate'\nbody = '{}'\nencoding = 'json'\ncapture = { mark = 'id' }\n\
         [chat]\npath = '/ask'\ncapture = { run = 'id' }\n[chat.events]\npath = '/runs/${run}'\n\
         [users.mixed]\nstart = []\nsession = ['chat', ['rate', { weight = 2 }]]\nturns = 3\nend = ['search']\n\
         [users.crud]\nstart = []\nsteps = ['search', { call = 'rate', weight = 2 }]\n",
    )
    .unwrap();
    assert_eq!((api.calls["rate"].method.as_str(), api.calls["search"].method.as_str()), ("POST", "GET"));
    assert_eq!((api.chat.answer, api.calls["search"].success.as_slice()), (Answer::Json, &[200, 404][..]));
    assert_eq!(api.captured(), ["mark", "run"]);
    assert_eq!(
        (api.users.mixed.turns, api.users.crud.start.len()),
        ("3".parse().ok(), 0),
        "each class is given whole"
    );
    let text = crate::api::spelled_out(&api);
    assert_eq!(ApiText { text: &text, file: "x" }.api("my").unwrap(), api, "{text}");
}

#[test]
fn a_file_says_the_pace_of_a_class_alone() {
    let api = read("[users.stream]\nturns = 'geometric:4'\nthink = 'lognormal:2s,0.5'\n").unwrap();
    let Life { turns, think, steps, .. } = &api.users.stream;
    assert_eq!((*turns, *think), ("geometric:4".parse().ok(), "lognormal:2s,0.5".parse().ok()));
    assert_eq!((steps, &api.users.mixed), (&Api::default().users.stream.steps, &Api::default().users.mixed));
    let text = crate::api::spelled_out(&api);
    assert_eq!(ApiText { text: &text, file: "x" }.api("my").unwrap(), api, "{text}");
}

#[test]
fn users_who_name_a_thread_create_it_or_say_that_they_need_not() {
    let part = "add start = [\"create_thread\"], or start = []";
    refused("\n[users.mixed]\nsession = ['chat']\n", 2, part);
    refused("[users.crud]\nsteps = [{ call = 'list_threads', weight = 3 }, 'list_messages']\n", 1, part);
    refused(
        "users.mixed = { session = ['chat', 'list_messages'], turns = 20, end = ['delete_thread'] }\n",
        1,
        part,
    );
    let asked_in_two = "[chat]\npath = '/threads/${thread}/runs'\nbody = '{}'\ncapture = { run = 'id' }\n\
                        [chat.events]\npath = '/runs/${run}'\n[users.stream]\nsteps = ['chat']\n";
    refused(asked_in_two, 7, part);
    for fine in [
        "[users.mixed]\nstart = []\nsession = ['chat']\n",
        "[users.mixed]\nstart = ['create_thread']\nsession = ['chat']\n",
        "[users.crud]\nsteps = ['list_threads']\n",
        "[users.crud]\nsteps = ['create_thread', 'list_messages']\n",
        "[users.mixed]\nsession = ['chat']\n[create_thread]\nskip = true\n",
        "[users.mixed]\nsession = ['chat']\n[chat]\nbody = '{\"q\":\"${content}\"}'\n",
        "preset = 'openai'\n[users.mixed]\nsession = ['chat']\nturns = 20\n",
    ] {
        let api = read(fine).unwrap_or_else(|error| panic!("{fine}: {error}"));
        let text = crate::api::spelled_out(&api);
        assert_eq!(ApiText { text: &text, file: "x" }.api("my").unwrap(), api, "{text}");
    }
}

#[test]
fn calls_and_users_that_make_no_sense_are_refused_with_their_line() {
    refused("[calls.x]\nname = 'x'\n", 1, "needs a path");
    refused("\n[calls.chat]\npath = '/x'\n", 2, "`chat` is the name of a built-in call");
    refused("[calls.'a b']\npath = '/x'\n", 1, "`a b` is the name");
    refused("[calls.x]\npath = '/x'\nheaders = { host = 'x' }\n", 3, "`host` is written by the users");
    refused("[calls.x]\npath = '/x'\nheaders = { k = '${y}' }\n", 3, "`${y}` is no placeholder");
    refused("[calls.x]\npath = '/x'\nsuccess = [20]\n", 3, "from 100 to 599");
    refused("[calls.x]\npath = '/x'\n[calls.y]\npath = '/x'\n", 3, "calls.x and calls.y are both GET /x");
    refused("calls.x = { path = '/threads' }\n", 1, "list_threads and calls.x are both GET /threads");
    refused("login = { path = '/threads' }\n", 1, "create_thread and login are both POST /threads");
    refused("[login]\npath = '/in'\n[login.events]\npath = '/x'\n", 3, "leave `events` out");
    refused("[chat.events]\ncapture = { x = { header = 'y' } }\n", 1, "needs a path");
    refused(
        "[chat.events]\npath = '/x'\ncapture = { x = 'y' }\n",
        3,
        "headers, cookies and values of events",
    );
    refused(
        "[users.crud]\nsteps = [\n'chat',\n'cat']\n",
        4,
        "`cat` is no call that users can make; there are list_",
    );
    refused("[users.crud]\nsteps = ['login']\n", 2, "`login` is no call");
    refused("[users.crud]\nsteps = [{ call = 'chat', weight = 0 }]\n", 2, "weight of a step is 1 to 1000");
    refused("[users.mixed]\nsession = [{ call = 'chat', weight = 2 }]\n", 2, "leave `weight` out");
    refused("[users.crud]\nsteps = ['chat']\nsession = ['chat']\nturns = 2\n", 1, "give one of them");
    refused(
        "[users.crud]\nsteps = ['chat']\nend = ['delete_thread']\n",
        1,
        "the `turns` after which it comes",
    );
    refused("[users.crud]\nthink = '2s..1s'\n", 2, "the least is above the greatest");
    refused("\n[users.crud]\nstart = ['chat']\n", 2, "need something to do");
    refused("[users.crud]\nstart = ['delete_thread']\nsteps = ['chat']\n", 2, "no thread yet");
    refused("[users.mixed]\nsession = ['chat']\nturns = '5..2'\n", 3, "the least is above the greatest");
    let many: String = (0..24).map(|n| format!("calls.c{n:02} = {{ path = '/c{n}' }}\n")).collect();
    refused(&many, 24, "more than 23 calls");
}

/// What people write, the line that is named, and the parts of the message: what was found, what is wanted.
#[test]
fn a_slip_of_the_pen_is_told_by_what_was_found_and_what_is_wanted() {
    for (text, line, parts) in [
        ("[stream]\nterminal = '[DONE]'\n", 2, ["`[DONE]` ends no stream", "write \"body\", a matcher"]),
        ("[stream]\ntextfield = 'x'\n", 2, ["no setting `textfield` here", "`text_field`"]),
        ("[stream]\ntext = 'delta.text'\n", 2, ["the text \"delta.text\" stands where", "a matcher such as"]),
        ("[stream]\ntext_field = { event = 'x' }\n", 2, ["a table { … } stands where", "a text in quotes"]),
        ("[stream]\nframing = 'SSE'\n", 2, ["`SSE` cannot stand here", "`sse`, `ndjson`"]),
        ("[stream]\nframing = sse\n", 2, ["`sse` stands there without its quotes", "write \"…\""]),
        ("[stream]\nmax_event = '4MiB'\n", 2, ["the text \"4MiB\" stands where", "a whole number"]),
        ("[stream]\nempty_answer = true\n", 2, ["`true` stands where", "a text in quotes"]),
        (
            "[stream]\nterminal = { feild = 'x' }\n",
            2,
            ["`{ feild = 'x' }` stands where", "a matcher such as"],
        ),
        (
            "[stream]\ntext_field = 'choices[0].delta'\n",
            2,
            ["`choices[0].delta` is no path", "choices.0.delta"],
        ),
        ("[stream]\nframing='sse'\n[stream]\n", 3, ["`stream` is there already", "write it once"]),
        ("[calls.x]\nurl = '/x'\n", 2, ["no setting `url` here", "`path`"]),
        ("[calls.x]\npath = 'http://h/x'\n", 2, ["`http://h/x` is no path", "begin with `/`"]),
        ("[calls.x]\npath = '/x/{thread}'\n", 2, ["`/x/{thread}` holds", "write it as ${thread}"]),
        (
            "[calls.x]\npath = '/x'\nbody = { q = 'x' }\n",
            3,
            ["a table { … } stands where", "a text in quotes"],
        ),
        (
            "[calls.x]\npath = '/x'\nbody = '{\"q\": ${content}}'\n",
            3,
            ["column 7 of its line 1", "need their quotes"],
        ),
        ("[calls.x]\npath = '/x'\nbody = '{\"q\": 1'\n", 3, ["ends before it is complete", "is no JSON"]),
        (
            "[calls.x]\npath = '/x'\nsuccess = ['2xx']\n",
            3,
            ["the text \"2xx\" stands where", "a whole number"],
        ),
        ("[calls.x]\npath = '/x'\ncapture = 'id'\n", 3, ["the text \"id\" stands where", "a table { … }"]),
        (
            "[calls.x]\npath = '/x'\ncapture = { id = { headr = 'x' } }\n",
            3,
            ["`{ headr = 'x' }` stands where", "{ header = \"location\" }"],
        ),
        ("[users.streams]\nsteps = ['chat']\n", 1, ["no setting `streams` here", "`stream`"]),
        ("[users.stream]\nsteps = 'chat'\n", 2, ["the text \"chat\" stands where", "a list [ … ]"]),
        ("[users.stream]\nsteps = ['chta']\n", 2, ["`chta` is no call", "chat"]),
        (
            "[users.stream]\nsteps = [{ call = 'chat', weight = '3' }]\n",
            2,
            ["weight = '3' }]` stands where", "{ call = \"list_threads\", weight = 3 }"],
        ),
        ("[users.stream]\nsteps = []\n", 1, ["need something to do", "`session`"]),
        ("[users.stream]\nsession = ['chat']\nturns = '2-5'\n", 3, ["`2-5` is no number", "2..5"]),
        ("[login]\nbody = '{}'\n", 1, ["a call needs a path", "path = \"/…\""]),
        (
            "[login]\npath = '/in'\nlogin_every = '50s'\n",
            3,
            ["`login_every` is no setting of a table", "at the top"],
        ),
        (
            "[login]\npath = '/in'\nbody = '{\"u\":\"${name}\"}'\n",
            3,
            ["`${name}` is no placeholder", "${user.COLUMN}"],
        ),
        ("[login]\npath = '/in'\n[login.capture]\ntoken = 7\n", 4, ["`7` stands where", "\"data.id\""]),
        (
            "[login]\npath = '/in'\n[login.capture]\ntoken = '$.token'\n",
            4,
            ["`$.token` is no path", "joined by dots"],
        ),
    ] {
        parts.iter().for_each(|part| refused(text, line, part));
        let message = read(text).unwrap_err();
        for word in ["expected", "invalid", "unknown", "struct", "variant", "u16", "u32", "EOF", "map"] {
            let is_word = message.split(|c: char| !c.is_alphanumeric()).any(|part| part == word);
            assert!(!is_word, "a library's word: {message}");
        }
    }
}

#[test]
fn a_body_may_number_its_threads() {
    let api = read("[chat]\nbody = '{\"thread\":${thread},\"text\":\"${content}\"}'\n").unwrap();
    assert!(api.chat.body.is_some());
    assert_eq!(read("[chat]\nbody = ''\n").unwrap().chat.body, None);
}
