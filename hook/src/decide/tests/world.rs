//! A release on a clock that the tests turn: CodeDeploy, a test listener and an image, all by hand.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::super::*;
use crate::answer::{Answer, Body};
use crate::checks::Request;
use crate::identity::{Deployment, Revision};
use crate::listener::{Forward, Group, Rule};
use crate::retry::CallError;

pub const LISTENER: &str =
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/dev/50dc6c495c0c9188/f2f7dc8efc";

/// What happened, and how many seconds after the start.
type Events = Arc<Mutex<Vec<(u64, String)>>>;

#[derive(Clone)]
struct Clock(Instant, Events);

impl Clock {
    fn note(&self, event: impl Into<String>) {
        self.1.lock().unwrap().push((self.0.elapsed().as_secs(), event.into()));
    }

    fn events(&self) -> Vec<(u64, String)> {
        self.1.lock().unwrap().clone()
    }
}

struct CodeDeploy(Clock);

impl Deployments for CodeDeploy {
    async fn deployment(&self, _id: &str) -> Result<Deployment, CallError> {
        let revision = Revision::AppSpec("sha".into());
        Ok(Deployment { application: "dev-api".into(), group: "dev-group".into(), revision })
    }

    async fn appspec(&self, _application: &str, _sha256: &str) -> Result<String, CallError> {
        Ok("Resources: [{api: {Properties: {TaskDefinition: 'api:7'}}}]".into())
    }
}

impl Groups for CodeDeploy {
    async fn group(&self, application: &str, name: &str) -> Result<Group, CallError> {
        self.0.note(format!("group {application} {name}"));
        Ok(Group {
            cluster: "dev".into(),
            service: "dev-api".into(),
            test_listener: LISTENER.into(),
            pair: vec!["blue".into(), "green".into()],
        })
    }

    async fn green(&self, deployment_id: &str, target_id: &str) -> Result<String, CallError> {
        self.0.note(format!("target {deployment_id} {target_id}"));
        Ok("green".into())
    }
}

/// Each look shows the next, and the last one again and again: the group that the default rule forwards to.
struct Listener(Clock, Mutex<VecDeque<Result<&'static str, CallError>>>);

impl Rules for Listener {
    async fn rules(&self, listener: &str) -> Result<Vec<Rule>, CallError> {
        assert_eq!(listener, LISTENER);
        let mut shows = self.1.lock().unwrap();
        let now = if shows.len() > 1 { shows.pop_front().unwrap() } else { shows[0].clone() };
        self.0.note(format!("rules {}", now.as_deref().unwrap_or("refused")));
        let forwards = vec![Forward { target_group: now?.to_owned(), weight: 1 }];
        Ok(vec![Rule { name: "the default rule".into(), forwards }])
    }
}

/// Each request of a path is answered by the next, and the last one again and again: a status and an identity.
struct Image(Clock, Mutex<Vec<(&'static str, VecDeque<Said>)>>);

pub type Said = (u16, Option<&'static str>);

impl Fetch for Image {
    async fn fetch(&self, request: Request<'_>) -> Result<Answer, String> {
        let path = request.url.rsplit('/').next().unwrap();
        self.0.note(format!("GET {path}"));
        let mut paths = self.1.lock().unwrap();
        let answers = &mut paths.iter_mut().find(|(name, _)| *name == path).unwrap().1;
        let (status, identity) = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0] };
        let identity = request.identity_header.and(identity).map(str::to_owned);
        Ok(Answer { status, identity, encoding: None, body: Body::Whole(Vec::new()) })
    }
}

pub struct World {
    pub identity: &'static str,
    pub warmup: &'static str,
    pub listener: Vec<Result<&'static str, CallError>>,
    pub paths: Vec<(&'static str, Vec<Said>)>,
    pub seconds: u64,
}

/// What came of it.
pub struct Decided {
    pub verdict: Verdict,
    events: Vec<(u64, String)>,
    lines: Vec<String>,
}

pub const GREEN: Said = (200, Some("api:7"));
pub const BLUE: Said = (200, Some("api:6"));
pub const UNNAMED: Said = (200, None);
pub const BROKEN: Said = (500, None);

impl World {
    pub fn new(identity: &'static str, answer: Said) -> Self {
        let paths = vec![("one", vec![answer]), ("two", vec![answer])];
        Self { identity, warmup: "0", listener: vec![Ok("green")], paths, seconds: 60 }
    }

    pub async fn decide(self) -> Decided {
        let clock = Clock(Instant::now(), Events::default());
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let config = Config::from_lookup(|name| match name {
            "ALB_URL" => Some("http://green:8080".to_owned()),
            "CHECKS" => Some(r#"[{"path": "/one"}, {"path": "/two"}]"#.to_owned()),
            "IDENTITY" => Some(self.identity.to_owned()),
            "WARMUP_SECONDS" => Some(self.warmup.to_owned()),
            _ => None,
        });
        let paths = self.paths.into_iter().map(|(path, answers)| (path, answers.into())).collect();
        let hook = Hook {
            config,
            codedeploy: CodeDeploy(clock.clone()),
            load_balancing: Listener(clock.clone(), Mutex::new(self.listener.into())),
            fetch: Image(clock.clone(), Mutex::new(paths)),
            log: Box::new(move |line| sink.lock().unwrap().push(line.to_owned())),
        };
        let by = Instant::now() + Duration::from_secs(self.seconds);

        let verdict = hook.decide("d-1", by).await;

        assert!(Instant::now() <= by, "too late: {:?}", clock.events());
        let lines = lines.lock().unwrap().clone();
        Decided { verdict, events: clock.events(), lines }
    }
}

impl Decided {
    pub fn assert_succeeded(&self, by: IdentityBy) {
        let expected_identity = (by != IdentityBy::Off).then(|| "api:7".to_owned());
        let identity_by = Some(by);
        let succeeded =
            Verdict { status: Status::Succeeded, passed: 2, failed: 0, expected_identity, identity_by, reason: None };
        assert_eq!(self.verdict, succeeded);
        assert_eq!(self.lines.len(), 2, "{:?}", self.lines);
    }

    /// Failed though every check that was asked has passed.
    pub fn assert_unproven(&self, passed: usize, reason: &str) {
        let Verdict { status, identity_by, .. } = self.verdict;
        assert_eq!((status, identity_by), (Status::Failed, None));
        assert_eq!((self.verdict.passed, self.verdict.failed), (passed, 0));
        assert_eq!(self.verdict.reason.as_deref(), Some(reason));
        assert_eq!(self.lines.len(), passed, "{:?}", self.lines);
    }

    pub fn assert_failed(&self, reason: &str) {
        assert_eq!((self.verdict.status, self.verdict.identity_by), (Status::Failed, None));
        assert_eq!(self.verdict.reason.as_deref(), Some(reason));
        assert_eq!(self.lines.len(), 2, "{:?}", self.lines);
    }

    pub fn events(&self) -> Vec<(u64, &str)> {
        self.events.iter().map(|(second, event)| (*second, event.as_str())).collect()
    }
}
