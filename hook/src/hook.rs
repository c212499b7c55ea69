//! What an event is answered with: the configuration and the outside world.

use crate::config::Config;
use crate::log::Sink;

/// Everything an event needs.
pub struct Hook<C, R, F> {
    /// What is wrong with the configuration is told at each event, rather than dying at start-up: a function that
    /// cannot start cannot answer either.
    pub config: Result<Config, String>,
    /// CodeDeploy.
    pub codedeploy: C,
    /// Elastic Load Balancing.
    pub load_balancing: R,
    /// The way to green.
    pub fetch: F,
    /// Where lines go.
    pub log: Sink,
}
