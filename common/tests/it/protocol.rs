//! The generated protocol is what `proto/` says.
//!
//! `LOADTEST_PROTOCOL=overwrite cargo test -p common --test it protocol` writes it anew.

use std::fs;
use std::path::Path;

const NAME: &str = "loadtests.v1.rs";

/// What the crates that generate it make of `proto/`, without `protoc`.
fn generated(root: &Path) -> String {
    let descriptors = protox::compile(["loadtests/v1/control.proto"], [root.join("../proto")]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    tonic_prost_build::configure().out_dir(folder.path()).compile_fds(descriptors).unwrap();
    fs::read_to_string(folder.path().join(NAME)).unwrap()
}

#[test]
fn the_protocol_is_generated_from_what_proto_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ours = root.join("src/protocol").join(NAME);
    let wanted = generated(root);
    if fs::read_to_string(&ours).unwrap() == wanted {
        return;
    }
    if std::env::var("LOADTEST_PROTOCOL").is_ok_and(|value| value == "overwrite") {
        fs::write(&ours, wanted).unwrap();
        return;
    }
    panic!(
        "common/src/protocol/{NAME} is not what proto/ says; write it anew with \
         `LOADTEST_PROTOCOL=overwrite cargo test -p common --test it protocol`"
    );
}
