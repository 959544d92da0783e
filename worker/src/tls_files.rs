//! The PEM files with which one side of the control link identifies itself and decides whom it trusts.

use std::path::{Path, PathBuf};

use common::named_file;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The files of `--tls-cert`, `--tls-key` and `--tls-ca`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// This side's certificate, its own first, then those that lead to its CA.
    pub cert: Option<PathBuf>,
    /// The private key of that certificate.
    pub key: Option<PathBuf>,
    /// The CA whose certificates the other side may show.
    pub ca: Option<PathBuf>,
}

/// A certificate chain and the key of its first certificate.
pub type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// TLS flags that cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{flag} {path}: {source}; name a readable PEM file (`controller certs DIR` makes a set)")]
    Unreadable {
        /// The flag.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file holds something else.
    #[error("{flag} {path} holds no usable {what}; name a PEM file (`controller certs DIR` makes a set)")]
    NotPem {
        /// The flag.
        flag: &'static str,
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
    },
    /// One half of a pair.
    #[error("{given} needs {missing} as well; give both, as `controller certs DIR` makes them")]
    Incomplete {
        /// The flag that is there.
        given: &'static str,
        /// The flag that is not.
        missing: &'static str,
    },
    /// A key of another certificate.
    #[error(
        "--tls-key {key} does not fit the certificate in --tls-cert {cert}; name the two that were made together"
    )]
    Pair {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// A name that no certificate can be for.
    #[error("`{0}` can be no certificate's name; give a DNS name or an IP address with --tls-name")]
    Name(String),
    /// The library refused the settings.
    #[error("--tls-cert, --tls-key or --tls-ca cannot be used: {0}; name other files")]
    Setup(String),
}

impl TlsFiles {
    /// What this side proves itself with, if it has anything.
    ///
    /// # Errors
    /// Half a pair, or a file that cannot be read or is no PEM.
    pub fn identity(&self) -> Result<Option<Identity>, TlsError> {
        let missing = |given, missing| Err(TlsError::Incomplete { given, missing });
        match (&self.cert, &self.key) {
            (None, None) => Ok(None),
            (Some(_), None) => missing("--tls-cert", "--tls-key"),
            (None, Some(_)) => missing("--tls-key", "--tls-cert"),
            (Some(cert), Some(key)) => {
                let chain = certificates("--tls-cert", cert)?;
                let pem = read("--tls-key", key)?;
                let private = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| TlsError::NotPem {
                    flag: "--tls-key",
                    path: key.clone(),
                    what: "private key",
                })?;
                Ok(Some((chain, private)))
            }
        }
    }

    /// Whom this side trusts, if a CA is named.
    ///
    /// # Errors
    /// A file that cannot be read or holds no certificate.
    pub fn roots(&self) -> Result<Option<RootCertStore>, TlsError> {
        let Some(path) = &self.ca else { return Ok(None) };
        let mut roots = RootCertStore::empty();
        for certificate in certificates("--tls-ca", path)? {
            let unusable = |_| TlsError::NotPem { flag: "--tls-ca", path: path.clone(), what: "certificate" };
            roots.add(certificate).map_err(unusable)?;
        }
        Ok(Some(roots))
    }

    /// What the library says about certificate and key, as a sentence about the flags.
    pub fn explain(&self, error: &rustls::Error) -> TlsError {
        match (error, &self.cert, &self.key) {
            (rustls::Error::InconsistentKeys(_), Some(cert), Some(key)) => {
                TlsError::Pair { cert: cert.clone(), key: key.clone() }
            }
            _ => TlsError::Setup(error.to_string()),
        }
    }
}

fn certificates(flag: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read(flag, path)?;
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(TlsError::NotPem { flag, path: path.to_owned(), what: "certificate" }),
    }
}

fn read(flag: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    named_file::bytes(path, named_file::BY_HAND).map_err(|source| TlsError::Unreadable {
        flag,
        path: path.to_owned(),
        source,
    })
}
