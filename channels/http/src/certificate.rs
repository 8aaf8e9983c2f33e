//! Certificates that a call was refused for here: which host, what is wrong with it, what mends it. The call never left.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, Error as TlsError, RootCertStore};
use std::error::Error;

/// Whether these authorities (PEM) can be believed, so that a wrong file is named before anything is called. Error: why not.
pub fn believable(pem: &[u8]) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// What is wrong with the host's certificate, and the mend. `None`: something else failed.
pub(crate) fn complaint(error: &reqwest::Error) -> Option<String> {
    let host = error.url().and_then(url::Url::host_str).unwrap_or("the host");
    let refused = of_tls(error)?;
    Some(match refused {
        CertificateError::UnknownIssuer => format!(
            "the certificate of {host} is signed by an authority that this machine does not know: name a file with that authority in http.extra_ca, or have the site send its whole chain"
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => format!(
            "the certificate of {host} is out of date: whoever runs the site has to renew it (or the clock of this machine is wrong)"
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => format!(
            "the certificate of {host} is not valid yet: set the clock of this machine, or have the site's certificate issued anew"
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => format!(
            "the certificate that {host} shows is for other names: correct the shop's address, or have the site's certificate issued for this name"
        ),
        other => format!(
            "the certificate of {host} is refused ({other:?}): whoever runs the site has to replace it"
        ),
    })
}

/// The handshake's refusal, wherever in the chain it hides: an `io::Error` shows what it wraps only when asked.
fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CertificateError> {
    if let Some(TlsError::InvalidCertificate(refused)) = error.downcast_ref() {
        return Some(refused);
    }
    if let Some(wrapped) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        return of_tls(wrapped);
    }
    error.source().and_then(of_tls)
}
