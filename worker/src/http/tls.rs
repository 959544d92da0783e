//! TLS of `https://` targets: which certificates are trusted.

use std::sync::Arc;

use common::plan::Plan;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_rustls::TlsConnector;

/// How to make a connection secure, and the name its certificate must bear.
pub(super) struct TargetTls {
    pub(super) connector: TlsConnector,
    pub(super) name: ServerName<'static>,
}

/// Why `https://` cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub enum TargetTlsError {
    /// A host for which no certificate can be issued.
    #[error("no certificate can be issued for the host `{0}`; use a DNS name or an IP address")]
    Name(String),
    /// The extra roots are not PEM certificates.
    #[error("the CA file holds no usable certificate ({0}); it must be PEM")]
    Pem(String),
    /// There is no root certificate.
    #[error("this machine has no root certificates; install ca-certificates or name a CA file")]
    NoRoots,
    /// The roots cannot be used.
    #[error("TLS cannot be set up: {0}")]
    Roots(#[from] VerifierBuilderError),
    /// The library refused the settings.
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// The settings for connections to `host`: the system's roots and those of the plan, or no
/// verification at all if the plan says so.
pub(super) fn prepare(plan: &Plan, host: &str) -> Result<TargetTls, TargetTlsError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| TargetTlsError::Name(host.to_owned()))?;
    let provider = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let algorithms = provider.signature_verification_algorithms;
    let rules = if plan.insecure {
        None
    } else {
        let named = named(&plan.ca_pem)?;
        let roots = Arc::new(roots(&named)?);
        Some(TrustRules {
            usual: WebPkiServerVerifier::builder_with_provider(roots, provider).build()?,
            named,
        })
    };
    let trust = Arc::new(Trust { algorithms, rules });
    let builder = builder.dangerous().with_custom_certificate_verifier(trust);
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // All users share this configuration: with resumption only the first would pay for a handshake,
    // and real users do not know each other's sessions.
    config.resumption = Resumption::disabled();
    Ok(TargetTls { connector: TlsConnector::from(Arc::new(config)), name })
}

/// The certificates of a PEM text; an empty text holds none.
fn named(pem: &str) -> Result<Vec<CertificateDer<'static>>, TargetTlsError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let all = all.map_err(|error| TargetTlsError::Pem(error.to_string()))?;
    match all.is_empty() && !pem.trim().is_empty() {
        true => Err(TargetTlsError::Pem("no certificate section".to_owned())),
        false => Ok(all),
    }
}

/// The system's roots and those that were `named`.
fn roots(named: &[CertificateDer<'static>]) -> Result<RootCertStore, TargetTlsError> {
    let mut roots = RootCertStore::empty();
    // A system root that cannot be read or understood is one the system would not use either.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in named {
        roots.add(certificate.clone()).map_err(|error| TargetTlsError::Pem(error.to_string()))?;
    }
    if roots.is_empty() { Err(TargetTlsError::NoRoots) } else { Ok(roots) }
}

/// Which servers are trusted. Signatures are checked in any case: the peer must hold the key of whatever it shows.
#[derive(Debug)]
struct Trust {
    algorithms: WebPkiSupportedAlgorithms,
    /// `None`: every certificate is accepted, as the plan's `insecure` asks.
    rules: Option<TrustRules>,
}

/// As usual; and a server that shows the very certificate that was named is trusted: one that somebody signed for
/// himself, with `openssl req -x509`, is its own authority, which the usual rules refuse.
#[derive(Debug)]
struct TrustRules {
    usual: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(TrustRules { usual, named }) = &self.rules else {
            return Ok(ServerCertVerified::assertion());
        };
        let usual = usual.verify_server_cert(shown, between, name, ocsp, now);
        if usual.is_ok() || !named.contains(shown) {
            return usual;
        }
        verify_server_name(&ParsedCertificate::try_from(shown)?, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
