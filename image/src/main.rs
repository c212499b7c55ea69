//! The service that is released. What each part promises is in its own file; this one puts them together, and is the
//! only one that reads the environment.

mod app;
mod config;
mod health;
mod http_get;
mod identity;
mod log;
mod server;
mod signals;

use std::{env, process::ExitCode};

use config::Config;
use serde_json::json;
use server::Server;
use signals::{Signal, Signals};
use tokio::{
    net::TcpListener,
    runtime::{self, Runtime},
    time::sleep,
};

const USAGE: &str = "usage: image          serve until SIGTERM or SIGINT
       image health   exit 0 if the service at LISTEN_ADDR's port is healthy, else 1";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [] => match Config::read(variable) {
            Ok(config) => {
                let code = block_on(runtime::Builder::new_multi_thread(), run(config));
                log::flush();
                code
            }
            Err(error) => fail(2, &error.to_string()),
        },
        // Container runtimes know two answers only, 0 and 1, so a bad LISTEN_ADDR is 1 here.
        [argument] if argument == "health" => match config::listen_addr(variable) {
            Ok(address) => block_on(runtime::Builder::new_current_thread(), async move {
                health::probe(address).await.map_err(|error| error.to_string())
            }),
            Err(error) => fail(1, &error.to_string()),
        },
        _ => fail(2, USAGE),
    }
}

/// Not UTF-8 becomes a value that no setting accepts, rather than a variable that seems not to be there.
fn variable(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

fn fail(code: u8, message: &str) -> ExitCode {
    eprintln!("image: {message}");
    ExitCode::from(code)
}

fn block_on(mut builder: runtime::Builder, work: impl Future<Output = Result<(), String>>) -> ExitCode {
    match builder.enable_all().build().map(|runtime: Runtime| runtime.block_on(work)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(message)) => fail(1, &message),
        Err(error) => fail(1, &format!("cannot start: {error}")),
    }
}

async fn run(config: Config) -> Result<(), String> {
    // Before anything that takes time: process 1 ignores SIGTERM until there is a handler.
    let mut signals = Signals::install().map_err(|error| format!("cannot handle signals: {error}"))?;

    // Before listening: a release hook must never see an answer that does not say which version it is from.
    let task_definition = match &config.metadata_uri {
        None => None,
        Some(uri) => tokio::select! {
            known = identity::read(uri) => known
                .inspect_err(|error| log::warn("task_definition_unknown", json!({"uri": uri, "error": error.to_string()})))
                .ok(),
            signal = signals.next() => {
                log::info("stopped", json!({"signal": signal, "abandoned": 0}));
                return Ok(());
            }
        },
    };

    let listen_error = |error| format!("cannot listen on {} (LISTEN_ADDR): {error}", config.listen_addr);
    let listener = TcpListener::bind(config.listen_addr).await.map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    let server = Server::new(listener, app::app(&config.release, task_definition.as_ref()));
    log::info(
        "listening",
        json!({
            "address": address,
            "release": config.release,
            "task_definition": task_definition.as_ref().and_then(|name| name.to_str().ok()),
            "drain_seconds": config.drain.as_secs_f64(),
        }),
    );

    let signal = server.serve_until(signals.next()).await;
    if signal == Signal::Terminate {
        // The load balancer may go on sending requests here until it has heard that this task is leaving.
        server.close_connections_as_they_are_used();
        log::info("draining", json!({"signal": signal, "seconds": config.drain.as_secs_f64()}));
        let cut_short = async {
            tokio::select! {
                () = sleep(config.drain) => (),
                () = signals.interrupted() => (),
            }
        };
        server.serve_until(cut_short).await;
    }

    let finishing = server.finish();
    log::info("finishing", json!({"connections": finishing.connections()}));
    tokio::select! {
        () = finishing.all_done() => (),
        () = sleep(server::FINISH_LIMIT) => (),
        () = signals.interrupted() => (),
    }
    log::info("stopped", json!({"signal": signal, "abandoned": finishing.connections()}));
    Ok(())
}
