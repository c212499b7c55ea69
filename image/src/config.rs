//! Settings from the environment. A bad one ends the start-up: in a blue/green release that is the safe moment, as the
//! old version still has all the traffic.

use std::{fmt, net::SocketAddr, time::Duration};

const DEFAULT_LISTEN_ADDR: &str = "0.0.0.0:3000";

/// Long enough for the load balancer to stop sending requests here after the task is told to leave, and short enough
/// that draining and then `server::FINISH_LIMIT` fit into ECS's default stop timeout of 30 s, after which comes SIGKILL.
/// Where requests take long, raise the target group's deregistration delay, this, and `stopTimeout` (Fargate: at most
/// 120) together, so that longest request < deregistration delay <= `DRAIN_SECONDS` < `stopTimeout`.
const DEFAULT_DRAIN_SECONDS: &str = "20";
const MAX_DRAIN_SECONDS: f64 = 3600.0;

/// What a build without a release name is called, as from `cargo run`.
const DEFAULT_RELEASE: &str = "local";

#[derive(Debug, PartialEq)]
pub struct Config {
    pub listen_addr: SocketAddr,
    pub drain: Duration,
    pub release: String,
    /// Set by ECS in every container; absent elsewhere.
    pub metadata_uri: Option<String>,
}

#[derive(Debug, PartialEq)]
pub struct BadVariable {
    name: &'static str,
    value: String,
    wanted: &'static str,
}

impl fmt::Display for BadVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, wanted } = self;
        write!(f, "{name} must be {wanted}, got {value:?}")
    }
}

impl Config {
    /// `variable` looks a name up, so that tests need not change the environment of their own process.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, BadVariable> {
        Ok(Self {
            listen_addr: listen_addr(&variable)?,
            drain: drain(&variable)?,
            release: release(&variable)?,
            metadata_uri: variable("ECS_CONTAINER_METADATA_URI_V4").filter(|uri| !uri.is_empty()),
        })
    }
}

pub fn listen_addr(variable: impl Fn(&str) -> Option<String>) -> Result<SocketAddr, BadVariable> {
    let value = variable("LISTEN_ADDR").unwrap_or_else(|| DEFAULT_LISTEN_ADDR.into());
    value.parse().map_err(|_| BadVariable {
        name: "LISTEN_ADDR",
        value,
        wanted: "an IP address and a port, such as 0.0.0.0:3000 or [::]:3000",
    })
}

/// Fractions are welcome: a test, or a sandbox in which time runs faster, cannot wait for whole seconds.
fn drain(variable: impl Fn(&str) -> Option<String>) -> Result<Duration, BadVariable> {
    let value = variable("DRAIN_SECONDS").unwrap_or_else(|| DEFAULT_DRAIN_SECONDS.into());
    match value.parse() {
        Ok(seconds) if (0.0..=MAX_DRAIN_SECONDS).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(BadVariable {
            name: "DRAIN_SECONDS",
            value,
            wanted: "a number of seconds from 0 to 3600, such as 20 or 0.5",
        }),
    }
}

fn release(variable: impl Fn(&str) -> Option<String>) -> Result<String, BadVariable> {
    let value = variable("RELEASE").unwrap_or_else(|| DEFAULT_RELEASE.into());
    if value.trim().is_empty() {
        return Err(BadVariable { name: "RELEASE", value, wanted: "the release's name, such as Green" });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, String> {
        Config::read(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
        .map_err(|error| error.to_string())
    }

    /// `contracts/container.json`, which the settings' tests read too: what a service is deployed with fits these.
    #[test]
    fn everything_has_a_default() {
        let contract = include_str!("../../contracts/container.json");
        let contract: serde_json::Value = serde_json::from_str(contract).unwrap();

        let config = read(&[]).unwrap();

        let expected = Config {
            listen_addr: format!("0.0.0.0:{}", contract["port"]).parse().unwrap(),
            drain: Duration::from_secs(contract["drain_seconds"].as_u64().unwrap()),
            release: "local".into(),
            metadata_uri: None,
        };
        assert_eq!(config, expected);
    }

    #[test]
    fn reads_every_variable() {
        let config = read(&[
            ("LISTEN_ADDR", "[::1]:8080"),
            ("DRAIN_SECONDS", "0.5"),
            ("RELEASE", "Green"),
            ("ECS_CONTAINER_METADATA_URI_V4", "http://169.254.170.2/v4/abc"),
        ]);

        let expected = Config {
            listen_addr: "[::1]:8080".parse().unwrap(),
            drain: Duration::from_millis(500),
            release: "Green".into(),
            metadata_uri: Some("http://169.254.170.2/v4/abc".into()),
        };
        assert_eq!(config, Ok(expected));
    }

    #[test]
    fn draining_and_finishing_fit_into_the_default_stop_timeout() {
        let drain = read(&[]).unwrap().drain;

        assert!(drain + crate::server::FINISH_LIMIT < Duration::from_secs(30));
    }

    #[test]
    fn an_empty_metadata_uri_counts_as_none() {
        let config = read(&[("ECS_CONTAINER_METADATA_URI_V4", "")]).unwrap();

        assert_eq!(config.metadata_uri, None);
    }

    #[test]
    fn refuses_what_is_not_an_address_and_port() {
        for value in ["", "3000", ":3000", "localhost:3000", "0.0.0.0", "0.0.0.0:70000"] {
            let expected = format!(
                "LISTEN_ADDR must be an IP address and a port, such as 0.0.0.0:3000 or [::]:3000, got \"{value}\""
            );
            assert_eq!(read(&[("LISTEN_ADDR", value)]), Err(expected));
        }
    }

    #[test]
    fn refuses_what_is_not_a_time_to_drain() {
        for value in ["", "20s", "-1", "NaN", "inf", "3601"] {
            let expected =
                format!("DRAIN_SECONDS must be a number of seconds from 0 to 3600, such as 20 or 0.5, got \"{value}\"");
            assert_eq!(read(&[("DRAIN_SECONDS", value)]), Err(expected));
        }
    }

    #[test]
    fn refuses_an_empty_release() {
        let expected = "RELEASE must be the release's name, such as Green, got \"\"";

        assert_eq!(read(&[("RELEASE", "")]), Err(expected.into()));
    }
}
