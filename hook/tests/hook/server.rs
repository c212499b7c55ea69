//! A small HTTP server on a free port of this machine, whose answers a test decides.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// A request, as it came in.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// What stood in the request line: a path, or a whole URL where the server is used as a proxy.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Which of the server's connections it came by.
    pub connection: usize,
    pub at: Instant,
}

impl Seen {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }
}

/// What the server does with a request.
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(String, Vec<u8>)>,
        body: Vec<u8>,
        delay: Duration,
    },
    /// 200, then chunks of 64 KB up to this size, faster than anyone needs them.
    Large {
        headers: Vec<(String, Vec<u8>)>,
        size: usize,
    },
    /// 200 and half a body, then the connection ends.
    BreakOff,
    /// The connection stays open, and nothing ever comes.
    Hang,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.into(), delay: Duration::ZERO }
    }

    pub fn header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        match &mut self {
            Self::Answer { headers, .. } | Self::Large { headers, .. } => headers.push((name.to_owned(), value.into())),
            Self::BreakOff | Self::Hang => panic!("this reply has no headers to choose"),
        }
        self
    }

    pub fn after(mut self, wait: Duration) -> Self {
        if let Self::Answer { delay, .. } = &mut self {
            *delay = wait;
        }
        self
    }
}

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Server {
    pub async fn start(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with(handler, async |stream| Some(stream)).await
    }

    /// Each connection is used as what `wrap` makes of it.
    pub async fn start_with<S, W, F>(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static, wrap: W) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        W: Fn(TcpStream) -> F + Send + 'static,
        F: Future<Output = Option<S>> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(serve(listener, Arc::new(handler), Arc::clone(&seen), wrap));
        Self { address, seen, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An address of this machine where nobody listens, nor can while the socket is kept.
pub fn nobody() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

async fn serve<H, S, W, F>(listener: TcpListener, handler: Arc<H>, seen: Arc<Mutex<Vec<Seen>>>, wrap: W)
where
    H: Fn(&Seen) -> Reply + Send + Sync + 'static,
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    W: Fn(TcpStream) -> F,
    F: Future<Output = Option<S>> + Send + 'static,
{
    let connections = AtomicUsize::new(0);
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let connection = connections.fetch_add(1, Ordering::Relaxed);
        let (handler, seen) = (Arc::clone(&handler), Arc::clone(&seen));
        let service = service_fn(move |request: Request<Incoming>| {
            let (handler, seen) = (Arc::clone(&handler), Arc::clone(&seen));
            async move {
                let (parts, body) = request.into_parts();
                let request = Seen {
                    method: parts.method.to_string(),
                    target: parts.uri.to_string(),
                    headers: parts.headers,
                    body: body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default(),
                    connection,
                    at: Instant::now(),
                };
                seen.lock().unwrap().push(request.clone());
                Ok::<_, Infallible>(respond(handler(&request)).await)
            }
        });
        let stream = wrap(stream);
        tokio::spawn(async move {
            if let Some(stream) = stream.await {
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                // A client that hangs up is part of many tests, and no error.
                drop(connection.await);
            }
        });
    }
}

async fn respond(reply: Reply) -> Response<Body> {
    let (status, headers, body) = match reply {
        Reply::Answer { status, headers, body, delay } => {
            sleep(delay).await;
            let body = http_body_util::Full::new(Bytes::from(body)).map_err(|never| match never {});
            (status, headers, body.boxed_unsync())
        }
        Reply::Large { headers, size } => {
            let chunk = Bytes::from(vec![b' '; 64 * 1024]);
            let chunks = size / chunk.len();
            let frames = (0..chunks).map(move |_| Ok(Frame::data(chunk.clone())));
            (200, headers, StreamBody::new(stream::iter(frames)).boxed_unsync())
        }
        Reply::BreakOff => {
            let half = stream::iter([Ok(Frame::data(Bytes::from_static(b"{\"key\": ")))]);
            // Later, because hyper would not send even the head of a response that it sees fail at once.
            let end = stream::once(async {
                sleep(Duration::from_millis(50)).await;
                Err(std::io::Error::other("the connection ends here"))
            });
            (200, Vec::new(), StreamBody::new(half.chain(end)).boxed_unsync())
        }
        Reply::Hang => std::future::pending().await,
    };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body).unwrap()
}
