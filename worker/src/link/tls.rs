//! TLS towards the controller: which certificates the worker trusts, which it shows, and what went wrong.

use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, ClientConfig};
use tokio_rustls::TlsConnector;

use super::Address;
use crate::tls_files::{TlsError, TlsFiles};

/// How a worker makes its link secure.
#[derive(Clone)]
pub struct Tls {
    pub(super) connector: TlsConnector,
    pub(super) name: ServerName<'static>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Tls {
    /// TLS as `files` ask for it; none when they name no CA. The controller's certificate must be for
    /// `name`, by default the host of `address`.
    ///
    /// # Errors
    /// Flags that do not go together, or files that cannot be used.
    pub fn new(files: &TlsFiles, name: Option<&str>, address: &Address) -> Result<Option<Tls>, TlsError> {
        let identity = files.identity()?;
        let Some(roots) = files.roots()? else {
            let given = if identity.is_some() { Some("--tls-cert") } else { name.map(|_| "--tls-name") };
            return given.map_or(Ok(None), |given| Err(TlsError::Incomplete { given, missing: "--tls-ca" }));
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // Both ends are of one release, so nothing older than 1.3 is needed: it hides the worker's
        // certificate as well.
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| files.explain(&error))?
            .with_root_certificates(roots);
        let mut config = match identity {
            Some((chain, key)) => {
                builder.with_client_auth_cert(chain, key).map_err(|error| files.explain(&error))?
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        let name = name.unwrap_or(address.host());
        let name = ServerName::try_from(name.to_owned()).map_err(|_| TlsError::Name(name.to_owned()))?;
        Ok(Some(Tls { connector: TlsConnector::from(Arc::new(config)), name }))
    }

    /// What a person can do about a failed handshake; none when the reason lies elsewhere.
    pub(super) fn explain(&self, error: &std::io::Error) -> Option<String> {
        let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
        Some(match error {
            rustls::Error::InvalidMessage(_) => {
                "it does not speak TLS; start it with --tls-cert and --tls-key, or \
                                                 leave --tls-ca out here"
                    .to_owned()
            }
            rustls::Error::InvalidCertificate(reason) => self.untrusted(reason),
            rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
                "it wants a certificate of this worker; give --tls-cert and --tls-key".to_owned()
            }
            rustls::Error::AlertReceived(
                AlertDescription::UnknownCA
                | AlertDescription::DecryptError
                | AlertDescription::BadCertificate
                | AlertDescription::CertificateUnknown
                | AlertDescription::CertificateExpired,
            ) => format!(
                "it does not accept this worker's certificate ({error}); give one that its --tls-ca has issued"
            ),
            other => format!("{other}; check the TLS flags on both sides"),
        })
    }

    fn untrusted(&self, reason: &CertificateError) -> String {
        match reason {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => format!(
                "its certificate is not for `{}`; name one that it is for with --tls-name, or make it again with \
                 `controller certs DIR --host {}`",
                self.name.to_str(),
                self.name.to_str()
            ),
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "its certificate was not issued by the CA in --tls-ca; give the ca.pem that belongs to it"
                    .to_owned()
            }
            other => format!("its certificate cannot be trusted: {other}"),
        }
    }
}
