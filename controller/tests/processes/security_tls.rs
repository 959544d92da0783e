//! TLS on the control plane: what a listener reads, who gets in, and what is said to those who do not.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::security::relay::FIVE_BITS;
use super::security::victim::{counted, note};
use super::security::{Relay, Victim};
use testkit::runs::sandbox::{QUICK, totals};
use testkit::runs::{Backend, Controller, Finished, Process, RUN, START, beside_others, binaries, folder};

/// A token that headers carry in a code that a test can look for: see [`FIVE_BITS`].
const TOKEN: &str = "so10cats2see0ice1at2tea0toes";

/// Runs `controller certs` for `folder` with further flags.
fn certs(folder: &Path, flags: &[&str]) -> Finished {
    let mut command = binaries::controller();
    command.arg("certs").arg(folder).args(flags);
    Process::start("certs", command).wait(START)
}

/// The TLS flags of one side, with the files of `folder`.
fn flags(folder: &Path, side: &str) -> Vec<String> {
    let file = |name: String| folder.join(name).to_str().unwrap().to_owned();
    [
        ("--tls-cert", format!("{side}.pem")),
        ("--tls-key", format!("{side}.key")),
        ("--tls-ca", "ca.pem".to_owned()),
    ]
    .into_iter()
    .flat_map(|(flag, name)| [flag.to_owned(), file(name)])
    .collect()
}

fn words(flags: &[String]) -> Vec<&str> {
    flags.iter().map(String::as_str).collect()
}

#[test]
fn certs_makes_a_set_whose_keys_nobody_else_reads() {
    let place = folder();
    let set = place.path().join("new/certs");
    let made = certs(&set, &["--host", "load.example", "--host", "10.0.0.5"]);
    made.expect_code(0);
    for part in ["--tls-cert", "worker --controller load.example:5557", "10.0.0.5"] {
        assert!(made.stdout.contains(part), "{part}: {}", made.stdout);
    }
    let mode = |name: &str| std::fs::metadata(set.join(name)).unwrap().permissions().mode() & 0o7777;
    let modes = ["controller.key", "worker.key", "ca.pem", "controller.pem", "worker.pem"].map(mode);
    assert_eq!(modes, [0o600, 0o600, 0o644, 0o644, 0o644]);
    assert_eq!((mode(""), std::fs::read_dir(&set).unwrap().count()), (0o700, 5));

    let read = |name: &str| std::fs::read_to_string(set.join(name)).unwrap();
    let before = read("worker.key");
    let again = certs(&set, &[]);
    again.expect_code(2);
    assert_eq!(again.stderr.lines().count(), 1);
    assert!(again.stderr.contains("ca.pem is there already") && again.stderr.contains("--force"));
    assert_eq!(read("worker.key"), before);

    // Replaced, not written over: a key that others could read does not stay so.
    std::fs::set_permissions(set.join("worker.key"), PermissionsExt::from_mode(0o666)).unwrap();
    certs(&set, &["--force"]).expect_code(0);
    assert_ne!(read("worker.key"), before);
    assert_eq!(mode("worker.key"), 0o600);

    let wrong = certs(&place.path().join("x"), &["--host", "http://load"]);
    wrong.expect_code(2);
    assert!(wrong.stderr.contains("neither a DNS name nor an IP address"), "{}", wrong.stderr);
    certs(Path::new("/proc/none"), &[]).expect_code(2);
}

/// A run whose control link goes over a relay; what the relay heard of the texts that must stay secret.
fn overheard(controller: &[&str], worker: &[&str]) -> Vec<(String, bool)> {
    let backend = Backend::start(QUICK);
    let mut all = vec!["-u", "4", "-t", "3s", "--think", "100ms", "--token", TOKEN];
    all.extend(controller);
    let mut controller = Controller::start(&backend.url(), &all);
    let relay = Relay::to(controller.address.parse().unwrap());
    let mut command = binaries::worker();
    command.args(["--controller", &relay.address.to_string(), "--token", TOKEN]).args(worker);
    let mut worker = Process::start("worker", command);
    let results = controller.passed(RUN);
    worker.wait(START).expect_code(0);
    let mut counts = results.csv_counts();
    counts.remove("Aggregated");
    assert_eq!(counts, totals(&backend.settled()));
    assert!(relay.bytes() > 1_000, "the run did not go over the relay");
    let secrets =
        [TOKEN, &backend.url(), "/chat/stream", "/threads", "authorization", "loadtests.v1.Control"];
    secrets.map(|secret| (secret.to_owned(), relay.heard(secret))).into()
}

#[test]
fn a_listener_reads_everything_without_tls_and_nothing_with_it() {
    let _alone = beside_others();
    assert!(TOKEN.chars().all(|symbol| FIVE_BITS.contains(symbol)));
    // The control of this test: what it looks for can be found.
    let plain = overheard(&[], &[]);
    for secret in [TOKEN, "/chat/stream", "/threads"] {
        assert!(
            plain.contains(&(secret.to_owned(), true)),
            "{secret} was not found in plain text: {plain:?}"
        );
    }
    assert!(plain.iter().any(|(secret, heard)| secret.starts_with("http://") && *heard));

    let set = folder();
    certs(set.path(), &[]).expect_code(0);
    let secured = overheard(&words(&flags(set.path(), "controller")), &words(&flags(set.path(), "worker")));
    assert_eq!(secured.iter().filter(|(_, heard)| *heard).count(), 0, "{secured:?}");
}

/// Runs a worker that must not get in; its last line.
fn kept_out(address: &str, flags: &[&str]) -> String {
    let mut command = binaries::worker();
    command.args(["--controller", address]).args(flags);
    let ended = Process::start("worker", command).wait(START);
    ended.expect_code(2);
    ended.stderr.lines().last().unwrap().to_owned()
}

#[test]
fn only_workers_with_a_certificate_of_the_ca_get_in_and_others_hear_why() {
    let _alone = beside_others();
    let (ours, theirs) = (folder(), folder());
    certs(ours.path(), &[]).expect_code(0);
    certs(theirs.path(), &[]).expect_code(0);
    let worker = flags(ours.path(), "worker");
    let mut victim = Victim::start(&words(&flags(ours.path(), "controller")), &words(&worker));
    let address = victim.controller.address.clone();
    let ca = ours.path().join("ca.pem");
    let ca = ["--tls-ca", ca.to_str().unwrap()];

    let alien = flags(theirs.path(), "worker");
    let alien_identity: Vec<&str> = words(&alien)[..4].iter().copied().chain(ca).collect();
    let named: Vec<&str> = words(&worker).into_iter().chain(["--tls-name", "elsewhere.example"]).collect();
    let refused: [(&[&str], &str); 5] = [
        (&[], "it speaks TLS; give --tls-ca"),
        (&ca, "it wants a certificate of this worker; give --tls-cert and --tls-key"),
        (&alien_identity, "it does not accept this worker's certificate"),
        (&words(&alien), "its certificate was not issued by the CA in --tls-ca"),
        (&named, "its certificate is not for `elsewhere.example`; name one that it is for with --tls-name"),
    ];
    for (flags, message) in refused {
        let line = kept_out(&address, flags);
        assert!(line.starts_with("worker: cannot attach to the controller at 127.0.0.1:"), "{line}");
        assert!(line.contains(message), "{message}: {line}");
    }
    let strangers = note(&victim.unharmed(&[]), "strangers");
    assert_eq!(counted(&strangers, "connections without TLS or the right certificate"), 5, "{strangers}");
}

#[test]
fn a_worker_with_tls_learns_that_the_controller_has_none() {
    let _alone = beside_others();
    let set = folder();
    certs(set.path(), &[]).expect_code(0);
    let mut victim = Victim::start(&[], &[]);
    let line = kept_out(&victim.controller.address, &words(&flags(set.path(), "worker")));
    assert!(line.contains("it does not speak TLS; start it with --tls-cert and --tls-key"), "{line}");
    victim.unharmed(&[]);
}

#[test]
fn workers_attach_by_name_and_address_and_local_ones_without_either() {
    let _alone = beside_others();
    let set = folder();
    certs(set.path(), &[]).expect_code(0);
    let backend = Backend::start(QUICK);
    let controller = flags(set.path(), "controller");
    let mut all = vec!["-u", "4", "-t", "3s", "--think", "100ms", "--expect-workers", "2"];
    all.extend(words(&controller));
    let mut controller = Controller::start(&backend.url(), &all);
    let port = controller.address.parse::<SocketAddr>().unwrap().port();
    let mut workers = ["localhost", "127.0.0.1"].map(|host| {
        let mut command = binaries::worker();
        let (address, worker) = (format!("{host}:{port}"), flags(set.path(), "worker"));
        command.args(["--controller", &address, "--name", host]).args(worker);
        Process::start(host, command)
    });
    assert_eq!(controller.passed(RUN).csv("workers").len(), 2);
    for worker in &mut workers {
        worker.wait(START).expect_code(0);
    }

    // A certificate for no name of this machine, and none that a worker could show: local ones do not care.
    let mut all = vec!["-u", "4", "-t", "2s", "--think", "100ms", "--local-workers", "2"];
    let flags = flags(set.path(), "controller");
    all.extend(words(&flags));
    let results = Controller::start(&backend.url(), &all).passed(RUN);
    assert_eq!(results.csv("workers").len(), 2);
    assert!(results.count() > 0);
}

/// Starts a controller that must not start; its one line.
fn not_started(flags: &[&str]) -> String {
    let results = folder();
    let mut command = binaries::controller();
    command.args(flags).arg("--results").arg(results.path().join("run")).current_dir(results.path());
    let ended = Process::start("controller", command).wait(START);
    ended.expect_code(2);
    assert!(!results.path().join("run").exists(), "files were left behind");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    ended.stderr
}

#[test]
fn flags_that_do_not_go_together_are_one_line_before_anything_starts() {
    let place = folder();
    let (one, other) = (place.path().join("one"), place.path().join("other"));
    certs(&one, &[]).expect_code(0);
    certs(&other, &[]).expect_code(0);
    let path = |folder: &Path, name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (cert, key, ca) = (path(&one, "controller.pem"), path(&one, "controller.key"), path(&one, "ca.pem"));
    let (other_key, nowhere) = (path(&other, "controller.key"), path(&one, "nothing"));
    let wrong: [(&[&str], &str); 9] = [
        (&["--tls-cert", &cert], "--tls-cert needs --tls-key as well"),
        (&["--tls-key", &key], "--tls-key needs --tls-cert as well"),
        (&["--tls-ca", &ca], "--tls-ca needs --tls-cert as well"),
        (&["--tls-cert", &nowhere, "--tls-key", &key], "No such file or directory"),
        (&["--tls-cert", &cert, "--tls-key", &cert], "holds no usable private key"),
        (&["--tls-cert", &key, "--tls-key", &key], "holds no usable certificate"),
        (&["--tls-cert", &cert, "--tls-key", &other_key], "does not fit the certificate"),
        (&["--tls-cert", &cert, "--tls-key", &key, "--tls-ca", &key], "--tls-ca"),
        (&["--tls-cert", &cert, "--tls-key", &key, "--bind", "0.0.0.0:0"], "would let anyone on the network"),
    ];
    for (flags, message) in wrong {
        let line = not_started(flags);
        assert!(line.contains(message), "{message}: {line}");
    }
    // A worker says the same of its own.
    let wrong: [(&[&str], &str); 5] = [
        (&["--tls-cert", &cert, "--tls-ca", &ca], "--tls-cert needs --tls-key as well"),
        (&["--tls-cert", &cert, "--tls-key", &key], "--tls-cert needs --tls-ca as well"),
        (&["--tls-name", "x"], "--tls-name needs --tls-ca as well"),
        (&["--tls-ca", &key], "holds no usable certificate"),
        (&["--tls-cert", &cert, "--tls-key", &other_key, "--tls-ca", &ca], "does not fit the certificate"),
    ];
    for (flags, message) in wrong {
        let line = kept_out("127.0.0.1:1", flags);
        assert!(line.contains(message), "{message}: {line}");
    }
}

#[test]
fn beyond_this_machine_a_controller_wants_a_token_or_certificates() {
    let _alone = beside_others();
    let set = folder();
    certs(set.path(), &[]).expect_code(0);
    let backend = Backend::start(QUICK);
    assert!(not_started(&["--bind", "0.0.0.0:0"]).contains("--tls-ca"));
    let warning = "the token crosses the network readable";
    let tls = flags(set.path(), "controller");
    let server_only: Vec<&str> = words(&tls)[..4].iter().copied().chain(["--token", TOKEN]).collect();
    for (protection, warned) in [(vec!["--token", TOKEN], 1), (words(&tls), 0), (server_only, 0)] {
        let mut command = binaries::controller();
        let place = folder();
        command.args([
            "--host",
            &backend.url(),
            "--bind",
            "0.0.0.0:0",
            "-u",
            "1",
            "-t",
            "1s",
            "--local-workers",
            "1",
        ]);
        command.args(protection).current_dir(place.path());
        let ended = Process::start("controller", command).wait(RUN);
        ended.expect_code(0);
        assert_eq!(ended.stderr.matches(warning).count(), warned, "{}", ended.stderr);
    }
}
