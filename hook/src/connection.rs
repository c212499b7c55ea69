//! Opening connections, straight or through a proxy.

use std::io;
use std::sync::{Arc, OnceLock};

use http::Uri;
use http::uri::Scheme;
use hyper::rt::{Read, Write};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::ClientConfig;
use rustls::crypto::ring;
use tower::ServiceExt;

/// Whatever can go wrong on the way.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Bytes to the other end and back.
pub trait Stream: Read + Write + Send + Unpin {}

impl<S: Read + Write + Send + Unpin> Stream for S {}

/// The proxies that the environment names, as curl does: `HTTP_PROXY`, `HTTPS_PROXY` and, for both, `ALL_PROXY`, but for
/// the hosts in `NO_PROXY`. Each may be written in lower case too. Empty means unset.
#[must_use]
pub fn proxies(lookup: impl Fn(&str) -> Option<String>) -> Matcher {
    let set = |name: &str| {
        let mut values = [name.to_owned(), name.to_lowercase()].into_iter().filter_map(|name| lookup(&name));
        values.find(|value| !value.is_empty()).unwrap_or_default()
    };
    let no_proxy = set("NO_PROXY");
    let direct: Vec<&str> = no_proxy.split([',', ' ']).map(|entry| entry.strip_prefix("*.").unwrap_or(entry)).collect();
    // The matcher takes a star for every name, and for no address.
    if direct.contains(&"*") {
        return Matcher::builder().build();
    }
    Matcher::builder()
        .all(set("ALL_PROXY"))
        .http(set("HTTP_PROXY"))
        .https(set("HTTPS_PROXY"))
        .no(direct.join(","))
        .build()
}

/// The certificates that the system trusts, or those in `SSL_CERT_FILE`, once they are needed.
#[derive(Debug, Default)]
pub struct Tls(OnceLock<Result<Arc<ClientConfig>, String>>);

impl Tls {
    /// Loaded at the first connection that needs them, because that is about half of what a lean start takes, and
    /// plain HTTP never does.
    fn config(&self) -> io::Result<Arc<ClientConfig>> {
        let load = || -> Result<Arc<ClientConfig>, BoxError> {
            let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
            let builder = builder.with_safe_default_protocol_versions()?.with_native_roots()?;
            Ok(Arc::new(builder.with_no_client_auth()))
        };
        self.0.get_or_init(|| load().map_err(|error| error.to_string())).clone().map_err(io::Error::other)
    }
}

/// A connection on which `uri` can be asked for. Through a `proxy`, plain HTTP is the proxy's own to forward.
pub async fn open(uri: &Uri, proxy: Option<&Intercept>, tls: &Tls) -> Result<Box<dyn Stream>, BoxError> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    let first = proxy.map_or(uri, Intercept::uri).clone();
    match proxy {
        Some(proxy) if is_secure(uri) => {
            let mut tunnel = Tunnel::new(first, HttpsConnector::from((http, tls.config()?)));
            if let Some(credentials) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(credentials.clone());
            }
            let tunnelled = HttpsConnector::from((tunnel, tls.config()?));
            Ok(Box::new(tunnelled.oneshot(uri.clone()).await?))
        }
        _ if is_secure(&first) => Ok(Box::new(HttpsConnector::from((http, tls.config()?)).oneshot(first).await?)),
        _ => Ok(Box::new(http.oneshot(first).await?)),
    }
}

/// Whether it is asked for over TLS.
pub fn is_secure(uri: &Uri) -> bool {
    uri.scheme() == Some(&Scheme::HTTPS)
}
