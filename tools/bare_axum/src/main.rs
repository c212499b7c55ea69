//! The least that axum does to answer one route: what `image/` is measured against. Only `make bench` builds it.

use std::{env, io};

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = env::var("LISTEN_ADDR").unwrap_or_else(|_| "127.0.0.1:3000".into());
    axum::serve(TcpListener::bind(address).await?, Router::new().route("/one", get(one))).await
}

async fn one() -> Json<Value> {
    Json(json!({"key": "route_one from Green"}))
}
