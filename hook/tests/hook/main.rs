//! The real binary, driven as Lambda drives it, against real HTTP servers: a Runtime API, a CodeDeploy, an
//! Elastic Load Balancing, and green.
//!
//! Nothing inside the hook is replaced here. What only a replaced part can show (a panic, a clock) is tested beside
//! the code, with hand-written fakes.

// A test has no other way to fail, and clippy sees only the functions marked as tests, not their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod codedeploy;
mod configuration;
mod contracts;
mod elb;
mod identity;
mod lambda;
mod limits;
mod listener;
mod proxies;
mod reporting;
mod requests;
mod routes;
mod server;
mod tls;
mod wake;
mod world;
