//! Completions, the manual page, and what is suggested for a slip.

use std::process::Output;

use testkit::runs::{binaries, have_or_skip};

fn run(words: &[&str]) -> Output {
    binaries::controller().args(words).output().unwrap()
}

fn printed(words: &[&str]) -> String {
    let output = run(words);
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{words:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn completions_are_scripts_that_their_shells_take() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&["completions", shell]);
        for word in ["fail-on-regression", "local-workers", "compare"] {
            assert!(script.contains(word), "{shell}: no {word}");
        }
    }
    for (program, flag) in [("worker", "tls-name"), ("backend", "stream-slots")] {
        assert!(printed(&["completions", "bash", program]).contains(flag), "{program}");
        let page = printed(&["man", program]);
        assert!(page.contains(&format!(".TH {program} 1")) && page.contains(".SH OPTIONS"), "{page}");
    }
    let place = testkit::runs::folder();
    let path = place.path().join("controller.bash");
    std::fs::write(&path, printed(&["completions", "bash"])).unwrap();
    let line = format!(
        "source {} && COMP_WORDS=(controller --loc) COMP_CWORD=1 && _controller controller --loc controller && \
         echo \"${{COMPREPLY[@]}}\"",
        path.display()
    );
    let output = std::process::Command::new("bash").args(["-c", &line]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "--local-workers", "{output:?}");
}

#[test]
fn the_manual_page_has_its_sections_and_man_has_nothing_to_say() {
    let page = printed(&["man"]);
    for part in [".TH controller 1", ".SH SYNOPSIS", "\\-\\-local\\-workers", "Exit codes", "Examples"] {
        assert!(page.contains(part), "no {part}:\n{page}");
    }
    assert!(printed(&["man", "compare"]).contains("fail\\-on\\-regression"));
    let found = std::process::Command::new("man").arg("--version").output();
    let there = found.map(|_| ()).map_err(|_| "man is not there; apt-get install man-db".to_owned());
    if have_or_skip(there).is_none() {
        return;
    }
    let place = testkit::runs::folder();
    let path = place.path().join("controller.1");
    std::fs::write(&path, page).unwrap();
    let mut man = std::process::Command::new("man");
    let output =
        man.args(["--warnings", "-E", "UTF-8", "-l"]).arg(&path).env("MANWIDTH", "80").output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    assert!(String::from_utf8_lossy(&output.stdout).contains("--local-workers"));
}

#[test]
fn a_slip_is_answered_with_what_was_probably_meant() {
    let table: [(&[&str], &str); 9] = [
        (&["compar", "a", "b"], "compare"),
        (&["--local-worker", "1"], "--local-workers"),
        (&["compare", "--fail-on-regresion", "10%", "a", "b"], "--fail-on-regression"),
        (&["--shape", "stagd"], "staged"),
        (&["--shape", "staged", "--threshold", "GET /thread:p95<1s"], "did you mean `GET /threads`?"),
        (&["man", "comparison"], "`compare`"),
        (&["man", "worke"], "`worker`"),
        (&["completions", "bash", "backen"], "`backend`"),
        (&["compare", "--allow", "hosts", "a", "b"], "host"),
    ];
    for (words, meant) in table {
        let output = run(words);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
        // A threshold is shown with its place below the message.
        assert!(said.lines().next().is_some_and(|line| line.contains(meant)), "{words:?}: {said}");
    }
}
