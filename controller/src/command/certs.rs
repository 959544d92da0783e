//! `controller certs`: a development CA, and certificates of it for controller and workers.

use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

use super::{Exit, complain};
use common::text::shell::quoted;

/// How long the certificates are good for: long enough for a project, short enough to be made anew.
const DAYS: i64 = 365;
/// Names that every controller certificate is for.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Why no certificates were made.
#[derive(Debug, thiserror::Error)]
enum CertsError {
    #[error(
        "--host `{0}` is neither a DNS name nor an IP address; give the name that workers call the controller by"
    )]
    Host(String),
    #[error("{0} is there already; name another folder, or replace it with --force")]
    Exists(PathBuf),
    #[error("{path}: {source}; name a folder that can be written")]
    Unwritable { path: PathBuf, source: std::io::Error },
    #[error("the certificates cannot be made: {0}")]
    Make(#[from] rcgen::Error),
}

/// A file to be written, and whether it is a secret.
struct Made {
    name: &'static str,
    pem: String,
    secret: bool,
}

/// Makes a set of certificates in `folder`, for a controller that workers call by `hosts`.
pub(crate) fn certs(folder: &Path, hosts: &[String], force: bool) -> Exit {
    let now = Timestamp::now();
    let written = make(hosts, now).and_then(|made| write(folder, &made, force));
    let printed = written.map(|()| std::io::stdout().write_all(instructions(folder, hosts, now).as_bytes()));
    match printed {
        Ok(_) => Exit::Passed, // the files are there, whether or not anybody reads about them
        Err(error) => complain(Exit::Usage, &error),
    }
}

fn make(hosts: &[String], now: Timestamp) -> Result<Vec<Made>, CertsError> {
    let file = |name, pem, secret| Made { name, pem, secret };
    // The random part distinguishes one CA of ours from another in what libraries say about them.
    let id = uuid::Uuid::new_v4().simple().to_string();
    let mut params = params(&format!("loadtests development CA {}", &id[..8]), &[], now)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Its key ends with this process: nobody can issue another certificate that these sides trust.
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let mut made = vec![file("ca.pem", ca.pem(), false)];
    let sides = [
        ("controller.pem", "controller.key", names(hosts)?, ExtendedKeyUsagePurpose::ServerAuth),
        ("worker.pem", "worker.key", Vec::new(), ExtendedKeyUsagePurpose::ClientAuth),
    ];
    for (cert, key, names, usage) in sides {
        let mut params = self::params(cert.trim_end_matches(".pem"), &names, now)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        params.use_authority_key_identifier_extension = true;
        let pair = KeyPair::generate()?;
        made.push(file(cert, params.signed_by(&pair, &ca)?.pem(), false));
        made.push(file(key, pair.serialize_pem(), true));
    }
    Ok(made)
}

fn params(name: &str, names: &[String], now: Timestamp) -> Result<CertificateParams, CertsError> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, name);
    let date = |days: i64| {
        let date = (now + SignedDuration::from_hours(24 * days)).to_zoned(TimeZone::UTC).date();
        rcgen::date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    // From yesterday on: a worker's clock may be behind.
    (params.not_before, params.not_after) = (date(-1), date(DAYS));
    Ok(params)
}

/// The names of the controller: those of this machine and the given ones.
fn names(hosts: &[String]) -> Result<Vec<String>, CertsError> {
    let mut names: Vec<String> = LOCAL.map(str::to_owned).into();
    for host in hosts {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let fits = rustls::pki_types::ServerName::try_from(bare).is_ok() && bare.is_ascii();
        if !fits {
            return Err(CertsError::Host(host.clone()));
        }
        if !names.iter().any(|name| name == bare) {
            names.push(bare.to_owned());
        }
    }
    Ok(names)
}

fn write(folder: &Path, made: &[Made], force: bool) -> Result<(), CertsError> {
    let unwritable = |path: &Path, source| CertsError::Unwritable { path: path.to_owned(), source };
    let builder = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    builder.map_err(|source| unwritable(folder, source))?;
    for file in made {
        let path = folder.join(file.name);
        match std::fs::symlink_metadata(&path) {
            Ok(_) if !force => return Err(CertsError::Exists(path)),
            Ok(_) => std::fs::remove_file(&path).map_err(|source| unwritable(&path, source))?,
            Err(_) => {} // not there; if anything else is wrong, opening it says so
        }
    }
    for file in made {
        let path = folder.join(file.name);
        create(&path, file).map_err(|source| unwritable(&path, source))?;
    }
    Ok(())
}

/// A key is never readable by others, not even before its mode could be changed.
fn create(path: &Path, file: &Made) -> std::io::Result<()> {
    let mode = if file.secret { 0o600 } else { 0o644 };
    let mut opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    opened.write_all(file.pem.as_bytes())
}

fn instructions(folder: &Path, hosts: &[String], now: Timestamp) -> String {
    let until = (now + SignedDuration::from_hours(24 * DAYS)).to_zoned(TimeZone::UTC).date();
    let mut names: Vec<&str> = LOCAL.into();
    names.extend(hosts.iter().map(String::as_str));
    let host = hosts.first().map_or("localhost", String::as_str);
    let host = match host.parse() {
        Ok(IpAddr::V6(host)) => format!("[{host}]"),
        _ => host.to_owned(),
    };
    let flags = |side: &str| {
        let path = |name: &str| quoted(&folder.join(name).display().to_string());
        let (cert, key, ca) = (path(&format!("{side}.pem")), path(&format!("{side}.key")), path("ca.pem"));
        format!("--tls-cert {cert} --tls-key {key} --tls-ca {ca}")
    };
    format!(
        "Made a CA and certificates in {}, good until {until} for a controller called {}.\n\n\
         controller --bind 0.0.0.0:5557 {}\n\
         worker --controller {host}:5557 {}\n\n\
         Workers need worker.pem, worker.key and ca.pem; keep both keys to those who may run load. The CA's own \
         key was not kept: for another host make all of them again, with --host and --force.\n",
        folder.display(),
        names.join(", "),
        flags("controller"),
        flags("worker"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_controller_has_the_names_of_its_machine_and_the_given_ones() {
        let hosts = ["load.example", "10.0.0.5", "[fd00::1]", "localhost"].map(str::to_owned);
        let all = ["localhost", "127.0.0.1", "::1", "load.example", "10.0.0.5", "fd00::1"];
        assert_eq!(names(&hosts).unwrap(), all);
        for bad in ["", "a b", "http://h", "h:1", "größe", "*"] {
            assert!(matches!(names(&[bad.to_owned()]), Err(CertsError::Host(_))), "{bad}");
        }
    }
}
