//! TLS towards workers: what the controller shows, and whose certificates it accepts.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use tokio_rustls::TlsAcceptor;
use worker::tls_files::{TlsError, TlsFiles};

/// How the controller makes its links secure.
#[derive(Clone)]
pub struct Tls {
    pub(super) acceptor: TlsAcceptor,
    verifies_workers: bool,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("verifies_workers", &self.verifies_workers).finish_non_exhaustive()
    }
}

impl Tls {
    /// TLS as `files` ask for it; none when they name no certificate.
    ///
    /// # Errors
    /// Flags that do not go together, or files that cannot be used.
    pub fn new(files: &TlsFiles) -> Result<Option<Tls>, TlsError> {
        let (identity, roots) = (files.identity()?, files.roots()?);
        let Some((chain, key)) = identity else {
            let alone = TlsError::Incomplete { given: "--tls-ca", missing: "--tls-cert" };
            return if roots.is_some() { Err(alone) } else { Ok(None) };
        };
        let verifies_workers = roots.is_some();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // Both ends are of one release, so nothing older than 1.3 is needed.
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| files.explain(&error))?;
        let builder = match roots {
            Some(roots) => {
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder
                    .with_client_cert_verifier(verifier.map_err(|error| TlsError::Setup(error.to_string()))?)
            }
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| files.explain(&error))?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        // Workers attach once: tickets would only be something to keep.
        config.send_tls13_tickets = 0;
        Ok(Some(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), verifies_workers }))
    }

    /// Whether only workers with a certificate of the CA get in.
    pub fn verifies_workers(&self) -> bool {
        self.verifies_workers
    }
}
