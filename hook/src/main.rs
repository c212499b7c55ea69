//! Wiring, and nothing else. The only place that reads the process environment.

use std::env;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hook::aws::{self, Settings};
use hook::codedeploy::CodeDeploy;
use hook::config::Config;
use hook::connection::proxies;
use hook::elb::LoadBalancing;
use hook::hook::Hook;
use hook::log;
use hook::transport::Http;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

// One thread: the hook waits for the network, and starting more takes longer than anything they could do.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let var = |name: &str| env::var(name).ok();
    // For AWS's own variables empty means unset; for the hook's it is a mistake, or says something.
    let set = |name: &str| var(name).filter(|value| !value.is_empty());
    let endpoint = |service: &str| set(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| set("AWS_ENDPOINT_URL"));
    let http = Http::new(proxies(var));
    let settings = Settings {
        region: set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION")),
        access_key_id: set("AWS_ACCESS_KEY_ID"),
        secret_access_key: set("AWS_SECRET_ACCESS_KEY"),
        session_token: set("AWS_SESSION_TOKEN"),
    };
    let aws = aws::config(settings, http.clone());
    let hook = Arc::new(Hook {
        config: Config::from_lookup(var),
        codedeploy: CodeDeploy::new(&aws, endpoint("CODEDEPLOY")),
        load_balancing: LoadBalancing::new(&aws, endpoint("ELASTIC_LOAD_BALANCING_V2")),
        fetch: http,
        log: log::stdout(),
    });
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        Arc::clone(&hook).handle(event.payload, remaining(event.context.deadline))
    }))
    .await
}

/// Time until Lambda's deadline, which it gives in milliseconds since the epoch.
fn remaining(deadline_ms: u64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Duration::from_millis(deadline_ms).saturating_sub(now)
}
