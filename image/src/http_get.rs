//! The two GET requests this program makes itself: to the metadata endpoint, and to its own health path. Both are plain
//! HTTP to an address nearby, so there is no TLS, no proxy and no redirect.

use std::{error, pin::pin, time::Duration};

use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    Request, Uri,
    body::Bytes,
    client::conn::http1,
    header::{CONNECTION, HOST},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};

/// The metadata of a task with many containers is some tens of kilobytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;

pub type Error = Box<dyn error::Error + Send + Sync>;

/// The body of a 200 answer. Anything else, or nothing within `limit`, is an error.
pub async fn get(url: &str, limit: Duration) -> Result<Bytes, Error> {
    timeout(limit, exchange(url))
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} s", limit.as_secs_f64()).into()))
}

async fn exchange(url: &str) -> Result<Bytes, Error> {
    let url: Uri = url.parse()?;
    let (Some("http"), Some(authority)) = (url.scheme_str(), url.authority()) else {
        return Err(format!("not an http:// address: {url}").into());
    };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get(url.path_and_query().map_or("/", |path| path.as_str()))
        .header(HOST, authority.as_str())
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())?;

    let answer = async {
        let response = sender.send_request(request).await?;
        let status = response.status();
        if status != 200 {
            return Err(format!("answered {status}").into());
        }
        Ok(Limited::new(response.into_body(), MAX_BODY_BYTES).collect().await?.to_bytes())
    };
    // The connection must be driven for the answer to come, and ends by itself after it.
    let mut answer = pin!(answer);
    tokio::select! {
        body = &mut answer => body,
        ended = connection => {
            ended?;
            answer.await
        }
    }
}
