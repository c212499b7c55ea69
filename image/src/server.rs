//! Serving, and stopping so that no client notices. A load balancer reuses its connections and hears late that a task
//! leaves, so stopping has two phases: while draining, everything is still served and each connection is closed with
//! its next answer; then nothing new is accepted, and only requests already begun are waited for.

use std::{convert::Infallible, io, pin::pin, time::Duration};

use axum::{
    Router,
    http::{HeaderValue, Request, header::CONNECTION},
};
use hyper::{
    body::Incoming,
    rt::{Read, Write},
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::sleep,
};

use crate::log;

/// How long a connection may be idle, and a request's headers may take. Above the 60 s after which an Application Load
/// Balancer drops an idle connection itself: were this side the first, a request could cross with the close and fail.
const IDLE_LIMIT: Duration = Duration::from_secs(75);

/// How long requests still in flight after the drain are waited for.
pub const FINISH_LIMIT: Duration = Duration::from_secs(8);

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Serving,
    Draining,
    Finishing,
}

pub struct Server {
    listener: TcpListener,
    app: Router,
    /// Each connection holds a receiver, so the number of receivers is the number of connections.
    phase: watch::Sender<Phase>,
}

impl Server {
    pub fn new(listener: TcpListener, app: Router) -> Self {
        let (phase, _) = watch::channel(Phase::Serving);
        Self { listener, app, phase }
    }

    /// Accepts connections until `stop` is done. Those that are open then go on being served.
    pub async fn serve_until<T>(&self, stop: impl Future<Output = T>) -> T {
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                result = &mut stop => return result,
                stream = self.accept() => {
                    tokio::spawn(self.connection(TokioIo::new(stream)));
                }
            }
        }
    }

    /// From now on each answer ends its connection, so that the client goes elsewhere with its next request.
    pub fn close_connections_as_they_are_used(&self) {
        self.phase.send_replace(Phase::Draining);
    }

    /// Stops listening and closes idle connections.
    pub fn finish(self) -> Finishing {
        self.phase.send_replace(Phase::Finishing);
        Finishing { phase: self.phase }
    }

    /// Counts from now on, not from when the future is first polled, so that none is missed between the two.
    fn connection<I: Read + Write + Unpin>(&self, io: I) -> impl Future<Output = ()> + use<I> {
        let (app, phase, mut changes) =
            (TowerToHyperService::new(self.app.clone()), self.phase.clone(), self.phase.subscribe());
        async move {
            let service = service_fn(|request: Request<Incoming>| {
                let answer = app.call(request);
                async {
                    let mut response = answer.await?;
                    if *phase.borrow() != Phase::Serving {
                        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                    }
                    Ok::<_, Infallible>(response)
                }
            });
            let mut connection = pin!(
                http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(IDLE_LIMIT)
                    .serve_connection(io, service)
            );
            // A connection's error is its client's business: it went away, or did not speak HTTP. The connection is
            // looked at first, so that a request which has arrived is begun before the end is announced.
            tokio::select! {
                biased;
                _ = connection.as_mut() => return,
                _ = changes.wait_for(|phase| *phase == Phase::Finishing) => (),
            }
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }

    async fn accept(&self) -> TcpStream {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    // Answers are small: waiting to fill a packet would only delay them.
                    let _ = stream.set_nodelay(true);
                    return stream;
                }
                Err(error) if is_about_one_connection(&error) => (),
                Err(error) => {
                    // Out of file descriptors, most likely: others must be closed first.
                    log::warn("accept_failed", json!({"error": error.to_string()}));
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

pub struct Finishing {
    phase: watch::Sender<Phase>,
}

impl Finishing {
    pub async fn all_done(&self) {
        self.phase.closed().await;
    }

    pub fn connections(&self) -> usize {
        self.phase.receiver_count()
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
        sync::Notify,
        time::timeout,
    };

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n";

    async fn server(app: Router) -> Server {
        Server::new(TcpListener::bind("127.0.0.1:0").await.unwrap(), app)
    }

    fn connect(server: &Server) -> DuplexStream {
        let (client, io) = duplex(4096);
        tokio::spawn(server.connection(TokioIo::new(io)));
        client
    }

    /// What the server sends until it says `end`.
    async fn read_until(client: &mut DuplexStream, end: &str) -> String {
        let mut text = String::new();
        while !text.ends_with(end) {
            text.push(char::from(client.read_u8().await.unwrap()));
        }
        text
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_outlives_the_load_balancers_idle_timeout() {
        let server = server(Router::new().route("/", get("done"))).await;
        let mut client = connect(&server);
        client.write_all(REQUEST).await.unwrap();
        read_until(&mut client, "done").await;

        sleep(Duration::from_secs(61)).await;
        client.write_all(REQUEST).await.unwrap();

        let answer = read_until(&mut client, "done").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_stays_silent_is_closed() {
        let server = server(Router::new()).await;
        let mut client = connect(&server);

        let mut rest = Vec::new();
        timeout(IDLE_LIMIT * 2, client.read_to_end(&mut rest)).await.unwrap().unwrap();

        assert_eq!(server.phase.receiver_count(), 0);
    }

    #[tokio::test]
    async fn a_request_still_being_handled_is_answered_before_the_end() {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let slow = get({
            let (begun, go_on) = (begun.clone(), go_on.clone());
            async move || {
                begun.notify_one();
                go_on.notified().await;
                "done"
            }
        });
        let server = server(Router::new().route("/", slow)).await;
        let mut client = connect(&server);
        client.write_all(REQUEST).await.unwrap();
        begun.notified().await;

        let finishing = server.finish();
        assert_eq!(finishing.connections(), 1);
        go_on.notify_one();

        let answer = read_until(&mut client, "done").await;
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
        finishing.all_done().await;
        assert_eq!(finishing.connections(), 0);
    }

    #[tokio::test]
    async fn a_request_that_arrived_just_before_the_end_is_answered() {
        // Many times, as the order in which the server sees the two would otherwise be a matter of luck.
        for _ in 0..30 {
            let server = server(Router::new().route("/", get("done"))).await;
            let mut client = connect(&server);
            client.write_all(REQUEST).await.unwrap();

            let finishing = server.finish();

            read_until(&mut client, "done").await;
            finishing.all_done().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_never_ends_is_counted_as_left_behind() {
        let server = server(Router::new().route("/", get(std::future::pending::<()>))).await;
        let mut client = connect(&server);
        client.write_all(REQUEST).await.unwrap();

        let finishing = server.finish();
        let all_done = timeout(FINISH_LIMIT, finishing.all_done()).await;

        assert!(all_done.is_err());
        assert_eq!(finishing.connections(), 1);
    }

    #[tokio::test]
    async fn an_idle_connection_is_closed_at_the_end() {
        let server = server(Router::new().route("/", get("done"))).await;
        let mut used = connect(&server);
        let unused = connect(&server);
        used.write_all(REQUEST).await.unwrap();
        read_until(&mut used, "done").await;

        server.finish().all_done().await;

        drop((used, unused));
    }
}
