//! HTTP: one client for the checks and for the calls to AWS.
//!
//! A new connection for every request. For a check that is the point: a kept one could go on talking to the target
//! it was opened to. For AWS it costs a few milliseconds a deployment, and no call inherits a connection that died
//! while the function was frozen between two invocations.

use std::sync::{Arc, OnceLock};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;

use crate::answer::{Answer, BODY_LIMIT, Body};
use crate::checks::{Fetch, Request};

/// Longer than any task definition's `family:revision`: a family has at most 255 characters.
const IDENTITY_LIMIT: usize = 300;

/// Makes requests, through a proxy where one is configured; follows no redirect.
#[derive(Debug, Clone)]
pub struct Http(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    proxies: ProxyConfig,
    plain: OnceLock<Connector>,
    tls: OnceLock<Connector>,
}

impl Http {
    /// A client that has opened nothing yet.
    #[must_use]
    pub fn new(proxies: ProxyConfig) -> Self {
        Self(Arc::new(Inner { proxies, plain: OnceLock::new(), tls: OnceLock::new() }))
    }

    /// Made at the first request that needs it, because loading the system's certificates is about half of what a
    /// lean start takes, and plain HTTP never needs them.
    fn connector(&self, scheme: Option<&str>) -> &Connector {
        let build = |roots: TrustStore| {
            // Building it cannot fail today; if it ever does, the default trusts the system's certificates, no more.
            let tls = TlsContext::builder().with_trust_store(roots).build().unwrap_or_default();
            ConnectorBuilder::default()
                .proxy_config(self.0.proxies.clone())
                .pool_max_idle_per_host(0)
                .tls_provider(Provider::rustls(CryptoMode::Ring))
                .tls_context(tls)
                .build()
        };
        if scheme == Some("https") {
            self.0.tls.get_or_init(|| build(TrustStore::default()))
        } else {
            self.0.plain.get_or_init(|| build(TrustStore::empty()))
        }
    }
}

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let scheme = request.uri().split_once("://").map(|(scheme, _)| scheme);
        self.connector(scheme).call(request)
    }
}

impl HttpClient for Http {
    // The settings are connect and read timeouts: every request here has a limit of its own, which includes both.
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl Fetch for Http {
    async fn fetch(&self, request: Request<'_>) -> Result<Answer, String> {
        let mut outgoing = HttpRequest::new(SdkBody::empty());
        outgoing.set_method(request.method).map_err(|error| error.to_string())?;
        outgoing.set_uri(request.url).map_err(|error| error.to_string())?;
        outgoing.headers_mut().insert("user-agent", concat!("greenlight-hook/", env!("CARGO_PKG_VERSION")));

        let response = self.call(outgoing).await.map_err(|error| explain(&error))?;

        let status = response.status().as_u16();
        let identity = request.identity_header.and_then(|name| {
            let values: Vec<&str> = response.headers().get_all(name).collect();
            // Cut because it goes into the log: whatever is longer than this is no family:revision anyway.
            (!values.is_empty()).then(|| values.join(", ").chars().take(IDENTITY_LIMIT).collect())
        });
        let body = read(response.into_body()).await;
        Ok(Answer { status, identity, body })
    }
}

/// The body, or as much of the truth as is known without reading more than [`BODY_LIMIT`] of it.
async fn read(mut body: SdkBody) -> Body {
    let mut kept = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return Body::BrokenOff(chain(error.as_ref())),
        };
        // What is not data is trailers.
        let Ok(data) = frame.into_data() else { continue };
        if kept.len() + data.len() > BODY_LIMIT {
            return Body::TooLarge;
        }
        kept.extend_from_slice(&data);
    }
    Body::Whole(kept)
}

/// What went wrong, from the client's outermost words to the operating system's.
fn explain(error: &ConnectorError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => chain(cause),
        None => error.to_string(),
    }
}

/// An error and its causes on one line, without the repetitions that wrappers make.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        next = cause.source();
    }
    text
}
