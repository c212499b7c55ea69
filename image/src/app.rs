//! The routes, and what every answer has in common.

use std::time::Instant;

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode},
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::log;

const TASK_DEFINITION: HeaderName = HeaderName::from_static("x-task-definition");

/// Set by Application Load Balancers on each request, and found again in their access logs.
const TRACE_ID: &str = "x-amzn-trace-id";

/// The layers come last so that they cover the fallbacks too.
pub fn app(release: &str, task_definition: Option<&HeaderValue>) -> Router {
    Router::new()
        .route("/one", get(|release| route("one", release)))
        .route("/two", get(|release| route("two", release)))
        .route("/three", get(|release| route("three", release)))
        .route("/health", get(health))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(task_definition.cloned(), identify_and_log))
        .with_state(release.to_owned())
}

#[expect(clippy::unused_async, reason = "axum's handlers are async, whether or not they wait for something")]
async fn route(name: &'static str, State(release): State<String>) -> Json<Value> {
    Json(json!({"key": format!("route_{name} from {release}")}))
}

async fn health() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

async fn not_found() -> (StatusCode, Json<Value>) {
    (StatusCode::NOT_FOUND, Json(json!({"error": "not found"})))
}

async fn method_not_allowed() -> (StatusCode, Json<Value>) {
    (StatusCode::METHOD_NOT_ALLOWED, Json(json!({"error": "method not allowed"})))
}

/// One layer, because each costs every request.
async fn identify_and_log(
    State(task_definition): State<Option<HeaderValue>>,
    request: Request,
    next: Next,
) -> Response {
    // Clones of these share their bytes.
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let trace_id = request.headers().get(TRACE_ID).cloned();
    let started = Instant::now();

    let mut response = next.run(request).await;

    if let Some(task_definition) = task_definition {
        response.headers_mut().insert(TASK_DEFINITION, task_definition);
    }
    // Health checks are left out: each load balancer node makes one every few seconds, and they would bury the rest.
    if uri.path() != "/health" {
        let answered = Answered {
            method: method.as_str(),
            path: uri.path(),
            status: response.status().as_u16(),
            ms: (started.elapsed().as_secs_f64() * 1e6).round() / 1e3,
            trace_id: trace_id.as_ref().and_then(|id| id.to_str().ok()),
        };
        log::info("request", answered);
    }
    response
}

/// What is logged of a request. The query is left out because it may hold secrets.
#[derive(Serialize)]
struct Answered<'a> {
    method: &'a str,
    path: &'a str,
    status: u16,
    ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    const API_7: HeaderValue = HeaderValue::from_static("api:7");

    async fn ask(app: Router, method: &str, path: &str) -> Response {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        app.oneshot(request).await.unwrap()
    }

    async fn json_of(response: Response) -> Value {
        assert_eq!(response.headers()["content-type"], "application/json");
        serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
    }

    #[tokio::test]
    async fn each_route_names_itself_and_the_release() {
        for (path, key) in
            [("/one", "route_one from Green"), ("/two", "route_two from Green"), ("/three", "route_three from Green")]
        {
            let response = ask(app("Green", None), "GET", path).await;

            assert_eq!(response.status(), 200);
            assert_eq!(json_of(response).await, json!({"key": key}));
        }
    }

    /// `contracts/container.json` says where the load balancer asks.
    #[tokio::test]
    async fn health_is_200_json() {
        let contract: Value = serde_json::from_str(include_str!("../../contracts/container.json")).unwrap();
        let path = contract["health_path"].as_str().unwrap();

        let response = ask(app("Green", None), "GET", path).await;

        assert_eq!(response.status(), 200);
        assert_eq!(json_of(response).await, json!({"status": "ok"}));
    }

    #[tokio::test]
    async fn an_unknown_path_is_a_json_404() {
        for path in ["/", "/four", "/one/"] {
            let response = ask(app("Green", None), "GET", path).await;

            assert_eq!(response.status(), 404);
            assert_eq!(json_of(response).await, json!({"error": "not found"}));
        }
    }

    #[tokio::test]
    async fn an_unknown_method_is_a_json_405() {
        let response = ask(app("Green", None), "POST", "/one").await;

        assert_eq!(response.status(), 405);
        assert_eq!(json_of(response).await, json!({"error": "method not allowed"}));
    }

    #[tokio::test]
    async fn every_answer_names_the_task_definition() {
        for (method, path) in
            [("GET", "/one"), ("GET", "/health"), ("GET", "/four"), ("POST", "/one"), ("HEAD", "/two")]
        {
            let response = ask(app("Green", Some(&API_7)), method, path).await;

            assert_eq!(response.headers()["x-task-definition"], API_7, "{method} {path}");
        }
    }

    #[tokio::test]
    async fn no_answer_names_a_task_definition_that_is_not_known() {
        for path in ["/one", "/health", "/four"] {
            let response = ask(app("Green", None), "GET", path).await;

            assert!(!response.headers().contains_key("x-task-definition"));
        }
    }
}
