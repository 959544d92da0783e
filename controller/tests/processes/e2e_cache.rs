//! What users ask, and whether a cache of prompts answers for the model.

use std::fs;

use testkit::runs::{Backend, Results, beside_others, folder, run};

/// A service that reads 160 new words in 400 ms, and those that it remembers in no time.
fn remembering() -> Backend {
    let flags = ["--prefix-cache", "--stream-slots", "0", "--ttft", "400ms", "--ttft-sigma", "0"];
    let answers = ["--tokens", "4", "--tokens-sigma", "0", "--token-gap", "1ms"];
    Backend::start(&flags.into_iter().chain(answers).collect::<Vec<_>>())
}

fn asked(more: &[&str]) -> Results {
    let backend = remembering();
    let load = ["-u", "4", "-t", "4s", "--classes", "stream", "--think", "0", "--seed", "7"];
    let results = run(&backend.url(), &[&load[..], more].concat(), 1);
    assert_eq!(results.number("/total/failures"), 0, "{:?}", results.failures());
    results
}

fn fastest(results: &Results) -> f64 {
    results.summary["streams"]["metrics"]["ttft"]["min"].as_f64().unwrap()
}

fn kinds(results: &Results) -> Vec<&str> {
    let notes = results.summary["notes"].as_array().unwrap();
    notes.iter().map(|note| note["kind"].as_str().unwrap()).collect()
}

/// The same prompt again and again makes such a service look fast.
#[test]
fn a_nonce_keeps_the_cache_from_answering_and_the_report_says_which() {
    let _alone = beside_others();
    let place = folder();
    let (api, file) = (place.path().join("model.toml"), place.path().join("asked.txt"));
    fs::write(&api, "nonce = true\n").unwrap();
    let words: Vec<String> = (0..160).map(|n| format!("word{n}")).collect();
    fs::write(&file, words.join(" ")).unwrap();
    let flags = ["--api", api.to_str().unwrap(), "--prompts", file.to_str().unwrap()];

    let avoided = asked(&flags);
    assert!(fastest(&avoided) >= 400.0, "{} ms", fastest(&avoided));
    assert_eq!(avoided.number("/streams/cached_tokens"), 0);
    assert!(avoided.number("/streams/prompt_tokens") >= 161 * avoided.number("/streams/completed"));

    let allowed = asked(&[&flags[..], &["--cache", "allow"]].concat());
    assert!(fastest(&allowed) < 400.0, "{} ms", fastest(&allowed));
    let (prompt, cached) =
        (allowed.number("/streams/prompt_tokens"), allowed.number("/streams/cached_tokens"));
    assert!(cached * 10 > prompt * 8, "{cached} of {prompt} tokens");
    assert!(!kinds(&allowed).contains(&"cached"), "nobody said that it would not be");

    for (results, said) in [(&avoided, "avoided by a nonce"), (&allowed, "allowed to answer")] {
        let cache = results.summary["run"]["prompt_cache"].as_str().unwrap();
        assert!(cache.starts_with(said) && results.markdown.contains(cache), "{cache}");
    }
    assert!(allowed.summary["run"]["command"].as_str().unwrap().contains("--cache allow"));
}

#[test]
fn what_prompts_share_is_cached_although_each_has_its_nonce() {
    let _alone = beside_others();
    let flags = ["--cache", "avoid", "--prompt-words", "32", "--shared-prefix", "0.5,160"];
    let shared = asked(&flags);
    let (prompt, cached) = (shared.number("/streams/prompt_tokens"), shared.number("/streams/cached_tokens"));
    let started = shared.number("/streams/completed");
    // 33 words each, nonce included, and 160 more for half of them, all but the first of which are cached.
    assert!(prompt >= 33 * started && prompt <= 193 * started, "{prompt} of {started}");
    assert_eq!(cached % 160, 0, "the whole prefix or nothing");
    assert!(cached > 0 && cached < prompt, "{cached} of {prompt}");
    assert!(!kinds(&shared).contains(&"cached"), "it was asked for");
    let prompts = shared.summary["run"]["prompts"].as_str().unwrap();
    assert_eq!(prompts, "of our own, 32 words; 50 % begin with the same 160 words");
}
