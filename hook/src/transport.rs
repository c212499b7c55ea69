//! HTTP: one client for the checks and for the calls to AWS.
//!
//! A new connection for every request. For a check that is the point: a kept one could go on talking to the target
//! it was opened to. For AWS it costs a few milliseconds a deployment, and no call inherits a connection that died
//! while the function was frozen between two invocations.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HOST, HeaderValue, PROXY_AUTHORIZATION, USER_AGENT,
};
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use crate::answer::{Answer, BODY_LIMIT, Body};
use crate::checks::{self, Fetch};
use crate::connection::{self, BoxError, Tls, is_secure};

/// As many as fit into the 32 KB that a load balancer lets through.
const MOST_HEADERS: usize = 4096;

/// Longer than any task definition's `family:revision`: a family has at most 255 characters.
const VALUE_LIMIT: usize = 300;

/// Makes requests, through a proxy where one is configured; follows no redirect.
#[derive(Debug, Clone)]
pub struct Http(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    proxies: Matcher,
    tls: Tls,
}

impl Http {
    /// A client that has opened nothing yet.
    #[must_use]
    pub fn new(proxies: Matcher) -> Self {
        Self(Arc::new(Inner { proxies, tls: Tls::default() }))
    }

    async fn send(&self, mut request: Request<SdkBody>) -> Result<Response<Incoming>, BoxError> {
        let uri = request.uri().clone();
        let proxy = self.0.proxies.intercept(&uri);
        let stream = connection::open(&uri, proxy.as_ref(), &self.0.tls).await;
        let stream = stream.map_err(|error| named(error, proxy.as_ref()))?;
        request.headers_mut().entry(HOST).or_insert(host(&uri)?);
        match &proxy {
            Some(proxy) if !is_secure(&uri) => {
                if let Some(credentials) = proxy.basic_auth() {
                    request.headers_mut().insert(PROXY_AUTHORIZATION, credentials.clone());
                }
            }
            // Whoever answers for itself is asked for the path alone.
            _ => *request.uri_mut() = uri.path_and_query().map_or("/", |path| path.as_str()).parse()?,
        }

        let (mut sender, connection) = http1::Builder::new().max_headers(MOST_HEADERS).handshake(stream).await?;
        // It ends with its answer, or when nobody waits for that any more.
        tokio::spawn(async { drop(connection.await) });
        match sender.send_request(request).await {
            Err(error) if error.is_parse() => Err(format!("the answer cannot be read: {}", chain(&error)).into()),
            result => Ok(result?),
        }
    }
}

/// An error on the way that leads through a proxy, which is what refuses or cannot be reached then.
fn named(error: BoxError, proxy: Option<&Intercept>) -> BoxError {
    match proxy {
        Some(proxy) => format!("through the proxy {}: {}", proxy.uri(), chain(error.as_ref())).into(),
        None => error,
    }
}

/// What the URI names, without its scheme's own port.
fn host(uri: &Uri) -> Result<HeaderValue, BoxError> {
    let own = if is_secure(uri) { 443 } else { 80 };
    let host = uri.host().unwrap_or_default();
    let value = match uri.port_u16() {
        Some(port) if port != own => format!("{host}:{port}"),
        _ => host.to_owned(),
    };
    Ok(value.parse()?)
}

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let http = self.clone();
        HttpConnectorFuture::new(async move {
            let failed = |error: BoxError| ConnectorError::other(error, None);
            let request = request.try_into_http1x().map_err(|error| failed(error.into()))?;
            let response = http.send(request).await.map_err(failed)?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x)).map_err(|error| failed(error.into()))
        })
    }
}

impl HttpClient for Http {
    // The settings are connect and read timeouts: every request here has a limit of its own, which includes both.
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl Fetch for Http {
    async fn fetch(&self, request: checks::Request<'_>) -> Result<Answer, String> {
        let outgoing = outgoing(request).map_err(|error| error.to_string())?;

        let response = self.send(outgoing).await.map_err(|error| chain(error.as_ref()))?;

        let status = response.status().as_u16();
        let identity = request.identity_header.and_then(|name| distinct(response.headers(), name));
        let encoding = distinct(response.headers(), CONTENT_ENCODING.as_str());
        let body = read(response.into_body()).await;
        Ok(Answer { status, identity, encoding, body })
    }
}

fn outgoing(request: checks::Request<'_>) -> http::Result<Request<SdkBody>> {
    let mut outgoing = Request::builder().method(request.method).uri(request.url).body(SdkBody::empty())?;
    let may_have_a_body = [Method::POST, Method::PUT, Method::PATCH].contains(outgoing.method());
    let headers = outgoing.headers_mut();
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("greenlight-hook/", env!("CARGO_PKG_VERSION"))));
    // Without it every encoding is welcome, says RFC 9110, and the hook reads none.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    // Strict servers refuse a request that might have a body and does not say that it has none.
    if may_have_a_body {
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    headers.extend(request.headers.clone());
    Ok(outgoing)
}

/// What a header says, each of its values once: twice the same, as from a server and the sidecar before it, says no more.
///
/// Cut, because it goes into the log; and countless values must not hold up the hook.
fn distinct(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values: Vec<&[u8]> = Vec::new();
    let said = headers.get_all(name).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    for value in said.map(<[u8]>::trim_ascii) {
        if values.len() <= VALUE_LIMIT && !values.contains(&value) {
            values.push(value);
        }
    }
    let text = String::from_utf8_lossy(&values.join(&b", "[..])).chars().take(VALUE_LIMIT).collect();
    (!values.is_empty()).then_some(text)
}

/// The body, or as much of the truth as is known without reading more than [`BODY_LIMIT`] of it.
async fn read(mut body: Incoming) -> Body {
    let mut kept = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(error) => return Body::BrokenOff(chain(&error)),
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
