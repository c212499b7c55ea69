//! HTTPS, to green and to AWS.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::codedeploy::{CodeDeploy, Script};
use crate::server::{Reply, Seen, Server};
use crate::world::{World, green};

/// A server with a certificate for `localhost` that nobody has signed, and the file that the certificate is in.
async fn secure(name: &str, handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> (Server, PathBuf) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, own.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = Server::start_with(handler, move |stream| {
        let handshake = acceptor.accept(stream);
        async move { handshake.await.ok() }
    })
    .await;
    (server, file)
}

fn url(server: &Server) -> String {
    format!("https://localhost:{}", server.address.port())
}

#[tokio::test]
async fn green_may_be_behind_https_with_a_certificate_that_the_system_trusts() {
    let (server, certificate) = secure("green.pem", |_| green()).await;
    let world = World::new(|_| green()).await.env("ALB_URL", url(&server));

    let told = world.env("SSL_CERT_FILE", certificate.to_str().unwrap()).invoke().await;

    told.assert_succeeded();
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn green_with_a_certificate_that_nobody_trusts_is_not_green() {
    let (server, _certificate) = secure("untrusted.pem", |_| green()).await;

    let told = World::new(|_| green()).await.env("ALB_URL", url(&server)).invoke().await;

    told.assert_failed("invalid peer certificate");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn codedeploy_is_told_over_https() {
    let behind = Arc::new(CodeDeploy::start(Script::default()).await);
    let codedeploy = Arc::clone(&behind);
    let (server, certificate) = secure("codedeploy.pem", move |request| codedeploy.answer(request)).await;
    let world = World::new(|_| green()).await.env("AWS_ENDPOINT_URL", url(&server));

    let told = world.env("SSL_CERT_FILE", certificate.to_str().unwrap()).invoke().await;

    assert_eq!(behind.accepted(), ["Succeeded"], "{:?}", told.exit);
}

/// A proxy that opens tunnels, and the heads of the requests for them.
async fn tunnels() -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (asked, heads) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let asked = asked.clone();
            tokio::spawn(async move {
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    head.push(client.read_u8().await.unwrap().into());
                }
                let mut target = TcpStream::connect(head.split(' ').nth(1).unwrap()).await.unwrap();
                asked.send(head).unwrap();
                client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                copy_bidirectional(&mut client, &mut target).await.ok();
            });
        }
    });
    (address, heads)
}

#[tokio::test]
async fn green_behind_https_is_reached_through_a_tunnel_of_the_proxys() {
    let (server, certificate) = secure("tunnelled.pem", |_| green()).await;
    let (proxy, mut heads) = tunnels().await;
    let world = World::new(|_| green()).await.env("ALB_URL", url(&server)).env("NO_PROXY", "127.0.0.1");

    let told = world
        .env("HTTPS_PROXY", format!("http://me:secret@{proxy}"))
        .env("SSL_CERT_FILE", certificate.to_str().unwrap())
        .invoke()
        .await;

    told.assert_succeeded();
    let head = heads.recv().await.unwrap();
    let port = server.address.port();
    assert!(head.starts_with(&format!("CONNECT localhost:{port} HTTP/1.1\r\n")), "{head}");
    assert!(head.contains("Proxy-Authorization: Basic bWU6c2VjcmV0\r\n"), "{head}");
    // Nothing of it is for green.
    assert!(server.seen().iter().all(|request| request.target.starts_with('/')));
    assert!(server.seen().iter().all(|request| !request.headers.contains_key("proxy-authorization")));
}

#[tokio::test]
async fn a_proxy_may_itself_be_behind_https() {
    let (proxy, certificate) = secure("proxy.pem", |_| green()).await;
    let world = World::new(|_| green()).await.env("NO_PROXY", "127.0.0.1");

    let told = world
        .env("ALB_URL", "http://internal-dev.elb.invalid:8080")
        .env("HTTP_PROXY", url(&proxy))
        .env("SSL_CERT_FILE", certificate.to_str().unwrap())
        .invoke()
        .await;

    told.assert_succeeded();
    assert_eq!(proxy.seen()[0].headers["host"], "internal-dev.elb.invalid:8080");
}
