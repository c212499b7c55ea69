//! Each way to a verdict.

mod world;

use super::*;
use crate::retry::CallError;
use world::{BLUE, BROKEN, GREEN, LISTENER, Said, UNNAMED, World};

/// The calls that prove a release by the listener: the first look, and its questions, at the start.
const LOOK: [(u64, &str); 3] = [(0, "group dev-api dev-group"), (0, "target d-1 dev:dev-api"), (0, "rules green")];

const WRONG: &str = "the test listener does not prove that api:7 answers: the default rule of \
    arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/dev/50dc6c495c0c9188/f2f7dc8efc forwards to blue, \
    expected green alone (hook.identity in the settings, IDENTITY here, is ";

#[tokio::test(start_paused = true)]
async fn auto_needs_no_listener_when_each_answer_has_the_right_header() {
    let world = World { listener: vec![Err(CallError::permanent("no"))], ..World::new("auto", GREEN) };

    let decided = world.decide().await;

    decided.assert_succeeded(IdentityBy::Header);
    assert_eq!(decided.events(), [(0, "GET one"), (0, "GET two")]);
}

#[tokio::test(start_paused = true)]
async fn auto_asks_again_ten_seconds_after_the_listener_was_right_when_no_answer_has_the_header() {
    let decided = World::new("auto", UNNAMED).decide().await;

    decided.assert_succeeded(IdentityBy::Listener);
    let first = [(0, "GET one"), (0, "GET two")];
    let again = [(10, "GET one"), (10, "GET two"), (10, "rules green")];
    assert_eq!(decided.events(), [&first[..], &LOOK, &again].concat());
}

#[tokio::test(start_paused = true)]
async fn auto_needs_the_listener_for_a_single_answer_without_the_header() {
    let paths = vec![("one", vec![GREEN]), ("two", vec![UNNAMED])];

    let decided = World { paths, ..World::new("auto", GREEN) }.decide().await;

    decided.assert_succeeded(IdentityBy::Listener);
    assert_eq!(decided.events().last_chunk(), Some(&[(10, "GET two"), (10, "rules green")]));
}

#[tokio::test(start_paused = true)]
async fn auto_fails_when_the_listener_shows_the_live_version_and_no_answer_has_the_header() {
    let decided = World { listener: vec![Ok("blue")], ..World::new("auto", UNNAMED) }.decide().await;

    decided.assert_unproven(
        2,
        &format!(
            "2 of 2 checks were answered without x-task-definition, and {WRONG}auto); right would be \
             x-task-definition: api:7 in each answer, or a listener that proves it"
        ),
    );
}

#[tokio::test(start_paused = true)]
async fn auto_fails_when_one_answer_is_unnamed_and_the_listener_is_wrong() {
    let paths = vec![("one", vec![GREEN]), ("two", vec![UNNAMED])];

    let decided = World { paths, listener: vec![Ok("blue")], ..World::new("auto", GREEN) }.decide().await;

    let reason = decided.verdict.reason.as_deref().unwrap();
    assert!(reason.starts_with("1 of 2 checks were answered without x-task-definition, and the test"), "{reason}");
    decided.assert_unproven(2, reason);
}

#[tokio::test(start_paused = true)]
async fn auto_fails_on_a_wrong_header_whatever_the_listener_says() {
    let paths = vec![("one", vec![UNNAMED]), ("two", vec![BLUE])];

    let decided = World { paths, ..World::new("auto", GREEN) }.decide().await;

    decided.assert_failed(
        r#"1 of 2 checks failed: GET /two: x-task-definition is "api:6", expected "api:7": another version answered"#,
    );
    assert_eq!(decided.events(), [(0, "GET one"), (0, "GET two")]);
}

#[tokio::test(start_paused = true)]
async fn auto_fails_on_a_wrong_header_in_the_second_round() {
    let paths = vec![("one", vec![UNNAMED]), ("two", vec![UNNAMED, BLUE])];

    let decided = World { paths, ..World::new("auto", GREEN) }.decide().await;

    decided.assert_failed(
        r#"1 of 2 checks failed: GET /two: x-task-definition is "api:6", expected "api:7": another version answered"#,
    );
}

#[tokio::test(start_paused = true)]
async fn auto_fails_when_a_check_fails_in_the_second_round() {
    let paths = vec![("one", vec![UNNAMED]), ("two", vec![UNNAMED, BROKEN])];

    let decided = World { paths, ..World::new("auto", GREEN) }.decide().await;

    decided.assert_failed("1 of 2 checks failed: GET /two: answered 500, expected 200");
}

#[tokio::test(start_paused = true)]
async fn auto_does_not_wait_for_the_listener_when_a_check_has_failed() {
    let paths = vec![("one", vec![UNNAMED]), ("two", vec![BROKEN])];

    let decided = World { paths, ..World::new("auto", GREEN) }.decide().await;

    decided.assert_failed("1 of 2 checks failed: GET /two: answered 500, expected 200");
    assert_eq!((decided.verdict.passed, decided.verdict.failed), (1, 1));
    assert_eq!(decided.events(), [(0, "GET one"), (0, "GET two")]);
}

#[tokio::test(start_paused = true)]
async fn listener_looks_before_the_checks_and_after_them() {
    let decided = World::new("listener", UNNAMED).decide().await;

    decided.assert_succeeded(IdentityBy::Listener);
    let checks = [(10, "GET one"), (10, "GET two"), (10, "rules green")];
    assert_eq!(decided.events(), [&LOOK[..], &checks].concat());
}

#[tokio::test(start_paused = true)]
async fn listener_does_not_mind_what_the_header_says() {
    World::new("listener", BLUE).decide().await.assert_succeeded(IdentityBy::Listener);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_listener_fails_before_any_check_even_when_the_header_is_right() {
    let decided = World { listener: vec![Ok("blue")], ..World::new("listener", GREEN) }.decide().await;

    decided.assert_unproven(0, &format!("{WRONG}listener)"));
    assert!(!decided.events().iter().any(|(_, event)| event.starts_with("GET")), "{:?}", decided.events());
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_is_wrong_at_first_may_become_right_within_the_warm_up() {
    let listener = vec![Ok("blue"), Ok("blue"), Ok("green")];

    let decided = World { listener, warmup: "30", ..World::new("listener", UNNAMED) }.decide().await;

    decided.assert_succeeded(IdentityBy::Listener);
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_stays_wrong_fails_when_the_warm_up_is_over() {
    let world = World { listener: vec![Ok("blue")], warmup: "15", ..World::new("listener", UNNAMED) };

    let decided = world.decide().await;

    decided.assert_unproven(0, &format!("{WRONG}listener)"));
    assert_eq!(decided.events().last(), Some(&(15, "rules blue")));
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_changes_during_the_checks_fails() {
    for identity in ["listener", "auto"] {
        let world = World { listener: vec![Ok("green"), Ok("blue")], ..World::new(identity, UNNAMED) };

        world.decide().await.assert_unproven(2, &format!("{WRONG}{identity})"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_the_listener_is_no_part_of_the_warm_up() {
    let answers: Vec<Said> = std::iter::repeat_n(BROKEN, 4).chain([UNNAMED]).collect();
    let paths = vec![("one", answers), ("two", vec![UNNAMED])];

    let decided = World { paths, warmup: "5", ..World::new("listener", UNNAMED) }.decide().await;

    decided.assert_succeeded(IdentityBy::Listener);
}

#[tokio::test(start_paused = true)]
async fn rules_that_cannot_be_read_at_first_are_asked_for_again() {
    let listener = vec![Err(CallError::passing("busy")), Ok("green"), Err(CallError::passing("busy")), Ok("green")];

    World { listener, ..World::new("listener", UNNAMED) }.decide().await.assert_succeeded(IdentityBy::Listener);
}

#[tokio::test(start_paused = true)]
async fn rules_that_cannot_be_read_prove_nothing() {
    let refused = CallError { code: Some("AccessDenied".into()), ..CallError::passing("not authorized") };

    let decided = World { listener: vec![Err(refused)], ..World::new("listener", UNNAMED) }.decide().await;

    decided.assert_unproven(
        0,
        &format!(
            "the test listener does not prove that api:7 answers: DescribeRules did not list the rules of {LISTENER}: \
             AccessDenied: not authorized (hook.identity in the settings, IDENTITY here, is listener)"
        ),
    );
}

#[tokio::test(start_paused = true)]
async fn a_timeout_too_short_for_the_listener_is_named_at_once() {
    let decided = World { seconds: 13, ..World::new("listener", UNNAMED) }.decide().await;

    decided.assert_unproven(
        0,
        "the test listener does not prove that api:7 answers: 13 s of the function's timeout are left for it, expected \
         at least 14 s: raise hook.timeout_seconds (hook.identity in the settings, IDENTITY here, is listener)",
    );
    assert_eq!(decided.events(), []);
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_stays_wrong_leaves_time_to_answer() {
    let world = World { listener: vec![Ok("blue")], warmup: "900", seconds: 40, ..World::new("listener", UNNAMED) };

    let decided = world.decide().await;

    decided.assert_unproven(0, &format!("{WRONG}listener)"));
}

#[tokio::test(start_paused = true)]
async fn header_asks_nothing_of_the_listener() {
    let decided = World::new("header", GREEN).decide().await;

    decided.assert_succeeded(IdentityBy::Header);
    assert_eq!(decided.events(), [(0, "GET one"), (0, "GET two")]);
}

#[tokio::test(start_paused = true)]
async fn header_fails_on_a_single_answer_without_it() {
    let paths = vec![("one", vec![GREEN]), ("two", vec![UNNAMED])];

    let decided = World { paths, ..World::new("header", GREEN) }.decide().await;

    decided.assert_failed(
        "1 of 2 checks failed: GET /two: x-task-definition is absent, expected \"api:7\" (hook.identity in the settings, \
         IDENTITY here, is header)",
    );
}

#[tokio::test(start_paused = true)]
async fn off_lets_any_version_pass_and_says_so() {
    for answer in [UNNAMED, BLUE] {
        World::new("off", answer).decide().await.assert_succeeded(IdentityBy::Off);
    }
    let failed = World::new("off", BROKEN).decide().await.verdict;
    assert_eq!((failed.status, failed.identity_by), (Status::Failed, Some(IdentityBy::Off)));
}
