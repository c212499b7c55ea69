//! HTTPS, to green and to AWS.

use std::path::PathBuf;
use std::sync::Arc;

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
