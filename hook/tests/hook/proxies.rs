//! The way to green and to AWS where the environment names a proxy.

use std::collections::BTreeSet;

use crate::codedeploy::{CodeDeploy, Script};
use crate::server::nobody;
use crate::world::{World, green};

#[tokio::test]
async fn checks_go_through_the_proxy_and_calls_to_this_machine_do_not() {
    let world = World::new(|_| green()).await;
    let proxy = world.alb.url();

    let told = world
        .env("ALB_URL", "http://internal-dev.elb.example.invalid:8080")
        .env("HTTP_PROXY", proxy)
        .env("NO_PROXY", "127.0.0.1,localhost")
        .invoke()
        .await;

    told.assert_succeeded();
    let targets: BTreeSet<String> = told.alb.seen().into_iter().map(|request| request.target).collect();
    let expected = ["one", "three", "two"].map(|path| format!("http://internal-dev.elb.example.invalid:8080/{path}"));
    assert_eq!(targets, BTreeSet::from(expected));
}

#[tokio::test]
async fn calls_to_aws_go_through_the_proxy_too_where_one_is_set_for_them() {
    let codedeploy = CodeDeploy::start(Script::default()).await;
    let world = World::new(|_| green()).await;

    let told = world
        .env("AWS_ENDPOINT_URL", "http://codedeploy.example.invalid")
        .env("HTTP_PROXY", codedeploy.server.url())
        .env("NO_PROXY", "127.0.0.1")
        .invoke()
        .await;

    assert_eq!(codedeploy.accepted(), ["Succeeded"]);
    assert!(told.codedeploy.server.seen().is_empty());
}

#[tokio::test]
async fn the_proxy_may_be_named_by_every_usual_variable() {
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let world = World::new(|_| green()).await.env("ALB_URL", "http://internal-dev.elb.invalid:8080");
        let proxy = world.alb.url();

        world.env(name, proxy).env("NO_PROXY", "127.0.0.1").invoke().await.assert_succeeded();
    }
}

#[tokio::test]
async fn a_star_in_no_proxy_means_that_nothing_goes_through_the_proxy() {
    for (name, value) in [("NO_PROXY", "*"), ("no_proxy", "*"), ("NO_PROXY", "example.com, *"), ("no_proxy", "a *")] {
        let (_socket, proxy) = nobody();

        let world = World::new(|_| green()).await.env("HTTP_PROXY", format!("http://{proxy}"));

        world.env(name, value).invoke().await.assert_succeeded();
    }
}

#[tokio::test]
async fn no_proxy_may_name_hosts_in_every_usual_way() {
    let entries = ["127.0.0.1", "127.0.0.0/8", "10.0.0.0/8,127.0.0.1", "localhost 127.0.0.1", " , 127.0.0.1,"];
    for (name, value) in entries.into_iter().flat_map(|value| [("NO_PROXY", value), ("no_proxy", value)]) {
        let (_socket, proxy) = nobody();

        let world = World::new(|_| green()).await.env("HTTP_PROXY", format!("http://{proxy}"));

        world.env(name, value).invoke().await.assert_succeeded();
    }
}

#[tokio::test]
async fn no_proxy_may_name_a_domain_with_a_star() {
    for (value, elsewhere) in [("*.invalid", false), (".invalid", false), ("invalid", false), ("*.example.com", true)] {
        let world = World::new(|_| green()).await;
        let proxy = world.alb.url();

        let told = world
            .env("ALB_URL", "http://internal-dev.elb.invalid:8080")
            .env("http_proxy", proxy)
            .env("NO_PROXY", format!("{value},127.0.0.1"))
            .invoke()
            .await;

        // The name has no address: only a proxy can lead to it.
        if elsewhere { told.assert_succeeded() } else { told.assert_failed("dns error") }
    }
}

#[tokio::test]
async fn a_proxy_variable_that_is_empty_is_none() {
    let world = World::new(|_| green()).await.env("HTTP_PROXY", "").env("NO_PROXY", "");
    let proxy = world.alb.url();

    let told = world
        .env("ALB_URL", "http://internal-dev.elb.invalid:8080")
        .env("http_proxy", proxy)
        .env("no_proxy", "127.0.0.1")
        .invoke()
        .await;

    told.assert_succeeded();
}

#[tokio::test]
async fn a_proxys_credentials_are_for_the_proxy() {
    let world = World::new(|_| green()).await.env("NO_PROXY", "127.0.0.1");
    let proxy = format!("http://me:secret@{}", world.alb.address);

    let told = world.env("ALB_URL", "http://internal-dev.elb.invalid:8080").env("HTTP_PROXY", proxy).invoke().await;

    told.assert_succeeded();
    let seen = told.alb.seen();
    assert!(seen.iter().all(|request| request.headers["proxy-authorization"] == "Basic bWU6c2VjcmV0"), "{seen:?}");
}

#[tokio::test]
async fn a_proxy_that_cannot_be_reached_is_named_without_its_credentials() {
    let (_socket, proxy) = nobody();
    let world = World::new(|_| green()).await.env("NO_PROXY", "127.0.0.1");

    let told = world
        .env("ALB_URL", "http://internal-dev.elb.invalid:8080")
        .env("HTTP_PROXY", format!("http://me:secret@{proxy}"))
        .invoke()
        .await;

    told.assert_failed(&format!("GET /one: through the proxy http://{proxy}/: tcp connect error: Connection refused"));
}
