//! `image health`: the container's health check, made by the same binary because an empty base image has no curl.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use crate::http_get::{self, Error};

/// Below the 5 s that ECS gives a health check by default, so that the reason is said before it is killed.
const LIMIT: Duration = Duration::from_secs(2);

pub async fn probe(listen_addr: SocketAddr) -> Result<(), Error> {
    let address = reachable(listen_addr);
    match http_get::get(&format!("http://{address}/health"), LIMIT).await {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("unhealthy: http://{address}/health: {error}").into()),
    }
}

/// "All addresses" is something to listen on, not to connect to.
fn reachable(listen_addr: SocketAddr) -> SocketAddr {
    let ip = match listen_addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen_addr.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connects_to_loopback_where_the_service_listens_on_all_addresses() {
        for (listen_addr, expected) in [
            ("0.0.0.0:3000", "127.0.0.1:3000"),
            ("[::]:3000", "[::1]:3000"),
            ("127.0.0.1:3000", "127.0.0.1:3000"),
            ("10.0.0.5:3000", "10.0.0.5:3000"),
        ] {
            assert_eq!(reachable(listen_addr.parse().unwrap()), expected.parse().unwrap());
        }
    }
}
