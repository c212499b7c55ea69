//! What the hook has in common with parts that share no code with it, as data in `contracts/`.

use std::fs;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hook::appspec;
use hook::checks::Outcome;
use hook::config::{Check, Config, Identity};

use hook::log::{self, Sink};
use hook::report::Status;
use hook::retry::CallError;
use hook::verdict::{IdentityBy, Verdict};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

fn contract(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../contracts").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn parsed(file: &str) -> Value {
    serde_json::from_str(&contract(file)).unwrap()
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().filter(|list| !list.is_empty()).expect("a list that is not empty")
}

/// The configuration with one variable changed.
fn configured(name: &str, value: &str) -> Result<Config, String> {
    Config::from_lookup(|wanted| match wanted {
        _ if wanted == name => Some(value.to_owned()),
        "ALB_URL" => Some("http://green:8080".to_owned()),
        "CHECKS" => Some(r#"[{"path": "/one"}]"#.to_owned()),
        _ => None,
    })
}

#[test]
fn every_valid_check_is_read_as_it_is_meant() {
    for check in list(&parsed("checks.json")["valid"]) {
        let config =
            configured("CHECKS", &json!([check]).to_string()).unwrap_or_else(|error| panic!("{check}: {error}"));

        let given = |key: &str| Some(&check[key]).filter(|value| !value.is_null());
        let headers = given("headers").map(|headers| headers.as_object().unwrap().clone()).unwrap_or_default();
        let headers = headers.iter().map(|(name, value)| {
            (HeaderName::from_str(name).unwrap(), HeaderValue::from_str(value.as_str().unwrap()).unwrap())
        });
        let expected = Check {
            path: check["path"].as_str().unwrap().to_owned(),
            method: given("method").map_or("GET".to_owned(), |method| method.as_str().unwrap().to_uppercase()),
            headers: headers.collect(),
            status: given("status").map_or(200, |status| status.as_u64().unwrap().try_into().unwrap()),
            json: given("json").cloned(),
            max_ms: given("max_ms").map(|most| most.as_u64().unwrap()),
        };
        assert_eq!(config.checks, [expected]);
    }
}

#[test]
fn every_invalid_check_is_refused_by_the_name_of_its_key() {
    for case in list(&parsed("checks.json")["invalid"]) {
        let (key, check) = (case["key"].as_str().unwrap(), &case["check"]);

        let problem = configured("CHECKS", &json!([check]).to_string()).expect_err(&check.to_string());

        let problem = problem.strip_prefix("CHECKS[0]: ").expect(&problem);
        assert!(problem.starts_with(key) || problem.starts_with(&format!("{key:?} is unknown")), "{check}: {problem}");
        assert!(!problem.contains(", and "), "{check}: one mistake, and several problems: {problem}");
    }
}

#[test]
fn numbers_have_their_defaults_and_bounds() {
    let numbers = &parsed("checks.json")["numbers"];
    let defaults = configured("none", "").unwrap();
    let default = |name: &str| numbers[name]["default"].as_u64().unwrap();
    assert_eq!(defaults.request_timeout, Duration::from_millis(default("REQUEST_TIMEOUT_MS")));
    assert_eq!(defaults.warmup, Duration::from_secs(default("WARMUP_SECONDS")));
    for (name, bounds) in numbers.as_object().unwrap() {
        let [least, most] = ["least", "most"].map(|key| bounds[key].as_i64().unwrap());
        for good in [least, most] {
            assert!(configured(name, &good.to_string()).is_ok(), "{name}={good}");
        }
        for bad in [least - 1, most + 1] {
            let problem = configured(name, &bad.to_string()).expect_err(name);
            assert_eq!(problem, format!("{name} is \"{bad}\", expected a whole number from {least} to {most}"));
        }
    }
}

#[test]
fn the_identity_header_is_a_header() {
    let headers = &parsed("checks.json")["identity_header"];
    for valid in list(&headers["valid"]) {
        let header = valid.as_str().unwrap();
        assert_eq!(configured("IDENTITY_HEADER", header).unwrap().identity_header, header.to_lowercase());
    }
    for invalid in list(&headers["invalid"]) {
        let problem = configured("IDENTITY_HEADER", invalid.as_str().unwrap()).expect_err("refused");
        assert!(problem.starts_with("IDENTITY_HEADER is ") && problem.contains("set IDENTITY=off"), "{problem}");
    }
}

#[test]
fn no_check_may_send_what_proves_the_candidates_identity() {
    for name in list(&parsed("checks.json")["identity_header"]["not_sent"]) {
        let check = json!([{"path": "/one", "headers": {name.as_str().unwrap(): "dev-api:7"}}]);

        let problem = configured("CHECKS", &check.to_string()).expect_err("refused");

        let name = name.as_str().unwrap().to_lowercase();
        assert_eq!(problem, format!("CHECKS[0]: headers: {name} is IDENTITY_HEADER: an echo would look like a proof"));
    }
}

#[test]
fn the_identities_are_all_there_are_and_the_first_is_the_default() {
    let identities = parsed("checks.json")["identities"].clone();

    let known = list(&identities).iter().map(|name| configured("IDENTITY", name.as_str().unwrap()).unwrap().identity);

    let known: Vec<Identity> = known.collect();
    assert_eq!(known, [Identity::Auto, Identity::Header, Identity::Listener, Identity::Off]);
    assert_eq!(configured("none", "").unwrap().identity, known[0]);
    for wrong in ["", "Auto", "on", "none"] {
        let problem = configured("IDENTITY", wrong).expect_err("refused");
        assert_eq!(problem, format!("IDENTITY is {wrong:?}, expected auto, header, listener or off"));
    }
}

#[test]
fn every_appspec_is_understood() {
    for (file, released) in parsed("appspec/released.json").as_object().unwrap() {
        let identity = appspec::identity(&contract(&format!("appspec/{file}")));

        assert_eq!(identity.as_deref().ok(), released.as_str(), "{file}: {identity:?}");
    }
}

#[test]
fn the_image_and_the_hook_mean_the_same_header_and_value() {
    let identity = parsed("identity.json");
    let resource = json!({"Properties": {"TaskDefinition": identity["task_definition"]}});

    let expected = appspec::identity(&json!({"Resources": [{"TargetService": resource}]}).to_string());

    assert_eq!(expected.as_deref().ok(), identity["value"].as_str());
    assert_eq!(configured("none", "").unwrap().identity_header, identity["header"].as_str().unwrap());
}

const DEPLOYMENT: &str = "d-ABCDEF123";
const GREEN: Option<&str> = Some("dev-api:7");

fn outcome() -> Outcome {
    Outcome {
        attempts: 1,
        duration: Duration::from_millis(12),
        elapsed: Duration::from_millis(12),
        status: Some(200),
        identity: Some("dev-api:7".to_owned()),
        failure: None,
    }
}

fn check(sink: &Sink, method: &str, path: &str, outcome: &Outcome, expected_identity: Option<&str>) {
    let check = Check {
        method: method.into(),
        path: path.into(),
        headers: HeaderMap::new(),
        status: 200,
        json: None,
        max_ms: None,
    };
    log::check(sink, DEPLOYMENT, &check, outcome, expected_identity);
}

fn succeeded(identity_by: IdentityBy) -> Verdict {
    let expected_identity = GREEN.filter(|_| identity_by != IdentityBy::Off).map(str::to_owned);
    let identity_by = Some(identity_by);
    Verdict { status: Status::Succeeded, passed: 3, failed: 0, expected_identity, identity_by, reason: None }
}

fn failed(reason: &str) -> Verdict {
    let reason = Some(reason.to_owned());
    Verdict { status: Status::Failed, passed: 0, failed: 0, expected_identity: None, identity_by: None, reason }
}

/// Each kind of line, through the functions that print it.
fn print(sink: &Sink) {
    let ms = Duration::from_millis;
    let verdict = |verdict: &Verdict, duration| log::verdict(sink, DEPLOYMENT, verdict, ms(duration), 1, &Ok(()));
    let refused = |verdict: &Verdict, error| log::verdict(sink, DEPLOYMENT, verdict, ms(119_512), 28, &Err(error));

    check(sink, "GET", "/one", &outcome(), GREEN);
    let unnamed = Outcome { attempts: 2, duration: ms(9), elapsed: ms(412), identity: None, ..outcome() };
    check(sink, "GET", "/two", &unnamed, GREEN);
    let failure = Some("answered 500, expected 201".to_owned());
    let broken = Outcome { attempts: 9, elapsed: ms(30_105), status: Some(500), failure, ..outcome() };
    check(sink, "POST", "/orders?dry-run=1", &broken, GREEN);
    let failure = Some("no complete answer within 2000 ms".to_owned());
    let silent = Outcome { duration: ms(2000), elapsed: ms(2000), status: None, identity: None, failure, ..outcome() };
    check(sink, "GET", "/three", &silent, None);

    verdict(&succeeded(IdentityBy::Header), 512);
    verdict(&succeeded(IdentityBy::Listener), 10_634);
    verdict(&Verdict { passed: 1, ..succeeded(IdentityBy::Off) }, 301);
    let reason = "1 of 3 checks failed: POST /orders?dry-run=1: answered 500, expected 201";
    let expected_identity = GREEN.map(str::to_owned);
    verdict(&Verdict { passed: 2, failed: 1, expected_identity, ..failed(reason) }, 30_211);
    verdict(&failed("the hook's configuration is broken: CHECKS is not set"), 35);
    let denied = CallError { code: Some("AccessDeniedException".to_owned()), ..CallError::passing("not authorized") };
    refused(&succeeded(IdentityBy::Header), denied);
    let off = Verdict {
        failed: 1,
        identity_by: Some(IdentityBy::Off),
        ..failed("1 of 1 checks failed: GET /three: no complete answer within 2000 ms")
    };
    refused(&off, CallError::passing("no answer in time"));

    log::error(sink, "the event is not a CodeDeploy lifecycle event: missing field `DeploymentId`");
    log::wake(sink);
}

#[test]
fn the_log_has_the_lines_that_the_release_cli_reads() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);

    print(&(Box::new(move |line: &str| sink.lock().unwrap().push(line.to_owned())) as Sink));

    assert_eq!(*lines.lock().unwrap(), contract("hook-log.jsonl").lines().collect::<Vec<_>>());
}
