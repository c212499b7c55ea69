//! Which task definition this is, according to ECS itself. The release hook compares it with the one being deployed,
//! and so cannot be fooled into approving the old version.

use std::time::Duration;

use axum::http::HeaderValue;
use serde::Deserialize;
use tokio::time::sleep;

use crate::http_get::{self, Error};

/// The endpoint is on the same host and answers in milliseconds. All attempts together take at most 6.5 s, which must
/// stay below a health check's start period.
const ATTEMPTS: u32 = 5;
const ATTEMPT_LIMIT: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(100);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Task {
    family: String,
    revision: String,
}

/// `family:revision`, or the last attempt's error.
pub async fn read(metadata_uri: &str) -> Result<HeaderValue, Error> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        if let Ok(identity) = attempt(metadata_uri, ATTEMPT_LIMIT).await {
            return Ok(identity);
        }
        sleep(pause).await;
        pause *= 2;
    }
    attempt(metadata_uri, ATTEMPT_LIMIT).await
}

async fn attempt(metadata_uri: &str, limit: Duration) -> Result<HeaderValue, Error> {
    let body = http_get::get(&format!("{metadata_uri}/task"), limit).await?;
    let Task { family, revision } = serde_json::from_slice(&body)?;
    Ok(HeaderValue::try_from(format!("{family}:{revision}"))?)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::{Json, Router, http::StatusCode, response::IntoResponse, routing::get};
    use serde_json::json;
    use tokio::{net::TcpListener, time::Instant};

    use super::*;

    /// For answers that do come, however busy the machine.
    const PATIENT: Duration = Duration::from_mins(1);

    /// Serves `answer` at /v4/abc/task, and gives the URI that ECS would set.
    async fn metadata_endpoint(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/v4/abc/task", get(move || async { answer }));
        tokio::spawn(async move {
            crate::server::Server::new(listener, app).serve_until(std::future::pending::<()>()).await;
        });
        uri(address)
    }

    fn uri(address: SocketAddr) -> String {
        format!("http://{address}/v4/abc")
    }

    #[tokio::test]
    async fn is_family_and_revision() {
        let uri = metadata_endpoint(Json(json!({"Cluster": "dev", "Family": "api", "Revision": "7"}))).await;

        assert_eq!(read(&uri).await.unwrap(), "api:7");
    }

    #[tokio::test]
    async fn is_an_error_when_the_endpoint_answers_nonsense() {
        for body in [json!({"Family": "api"}), json!({"Family": "a\npi", "Revision": "7"}), json!([])] {
            let uri = metadata_endpoint(Json(body)).await;

            assert!(attempt(&uri, PATIENT).await.is_err());
        }
    }

    #[tokio::test]
    async fn is_an_error_when_the_endpoint_refuses() {
        let task = Json(json!({"Family": "api", "Revision": "7"}));
        let uri = metadata_endpoint((StatusCode::INTERNAL_SERVER_ERROR, task)).await;

        assert_eq!(attempt(&uri, PATIENT).await.unwrap_err().to_string(), "answered 500 Internal Server Error");
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_within_seven_seconds_when_the_endpoint_hangs() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let started = Instant::now();

        let error = read(&uri(listener.local_addr().unwrap())).await.unwrap_err();

        assert_eq!(error.to_string(), "no answer within 1 s");
        assert!(started.elapsed() < Duration::from_secs(7));
    }
}
