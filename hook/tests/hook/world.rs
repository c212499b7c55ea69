//! One release as the hook meets it: green behind its test listener, CodeDeploy, and an event.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::codedeploy::{CodeDeploy, DEPLOYMENT, Fault, HOOK_EXECUTION, Script};
use crate::elb;
use crate::lambda::{self, Exit};
use crate::server::{Reply, Seen, Server};

pub const GREEN: &str = "api:7";
pub const BLUE: &str = "api:6";

/// A good answer of green's.
pub fn green() -> Reply {
    version(GREEN)
}

pub fn version(identity: &str) -> Reply {
    Reply::new(200, r#"{"key": "route_one from Green", "n": 1}"#).header("x-task-definition", identity)
}

pub fn event() -> String {
    json!({"DeploymentId": DEPLOYMENT, "LifecycleEventHookExecutionId": HOOK_EXECUTION}).to_string()
}

pub struct World {
    pub alb: Server,
    script: Script,
    elb: elb::Script,
    env: BTreeMap<String, String>,
    events: Vec<String>,
    deadline: Duration,
}

/// What came of it.
pub struct Told {
    pub codedeploy: CodeDeploy,
    pub elb: Server,
    pub alb: Server,
    pub exit: Exit,
}

impl World {
    /// A release in which everything is right, but for what the test listener answers. One attempt a check.
    pub async fn new(alb: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let alb = Server::start(alb).await;
        let env = BTreeMap::from(
            [
                ("ALB_URL", alb.url().as_str()),
                ("CHECKS", r#"[{"path": "/one"}, {"path": "/two"}, {"path": "/three"}]"#),
                ("WARMUP_SECONDS", "0"),
                ("AWS_REGION", "us-east-1"),
                ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "secret"),
                ("AWS_SESSION_TOKEN", "session"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let (script, elb) = (Script::default(), elb::Script::default());
        Self { alb, script, elb, env, events: vec![event()], deadline: Duration::from_secs(30) }
    }

    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.env.remove(name);
        self
    }

    pub fn checks(self, checks: &Value) -> Self {
        self.env("CHECKS", checks.to_string())
    }

    pub fn warmup(self, seconds: u32) -> Self {
        self.env("WARMUP_SECONDS", seconds.to_string())
    }

    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    pub fn events(mut self, events: Vec<String>) -> Self {
        self.events = events;
        self
    }

    pub fn script(mut self, change: impl FnOnce(&mut Script)) -> Self {
        change(&mut self.script);
        self
    }

    pub fn elb(mut self, change: impl FnOnce(&mut elb::Script)) -> Self {
        change(&mut self.elb);
        self
    }

    /// The first calls of an action go wrong in these ways.
    pub fn faults(self, action: &'static str, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.script(|script| script.faults.entry(action).or_default().extend(faults))
    }

    pub async fn invoke(self) -> Told {
        let codedeploy = CodeDeploy::start(self.script).await;
        let elb = elb::start(self.elb).await;
        let mut env = self.env;
        env.entry("AWS_ENDPOINT_URL".to_owned()).or_insert_with(|| codedeploy.server.url());
        env.entry("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2".to_owned()).or_insert_with(|| elb.url());
        let exit = lambda::run(&env, self.events, self.deadline).await;
        Told { codedeploy, elb, alb: self.alb, exit }
    }
}

impl Told {
    /// What CodeDeploy has accepted.
    pub fn verdicts(&self) -> Vec<String> {
        self.codedeploy.accepted()
    }

    /// The one line about the verdict.
    pub fn verdict_line(&self) -> &Value {
        let mut lines = self.exit.lines.iter().filter(|line| line["greenlight"] == "verdict");
        let line = lines.next().expect("no verdict line");
        assert!(lines.next().is_none(), "two verdict lines");
        line
    }

    /// The one line about a path.
    pub fn check_line(&self, path: &str) -> &Value {
        let mut lines = self.exit.lines.iter().filter(|line| line["greenlight"] == "check" && line["path"] == path);
        let line = lines.next().expect("no line for the check");
        assert!(lines.next().is_none(), "two lines for {path}");
        line
    }

    /// Assert that CodeDeploy was told Failed, exactly once, for a reason that contains these words.
    pub fn assert_failed(&self, because: &str) {
        assert_eq!(self.verdicts(), ["Failed"], "{:?}", self.exit);
        let line = self.verdict_line();
        assert_eq!(line["status"], "Failed");
        assert_eq!(line["reported"], true);
        let reason = line["reason"].as_str().unwrap();
        assert!(reason.contains(because), "{reason:?} does not contain {because:?}");
        assert!(self.exit.ends.iter().all(|end| end.result.is_ok()), "{:?}", self.exit.ends);
    }

    /// Assert that CodeDeploy was told Succeeded, exactly once.
    pub fn assert_succeeded(&self) {
        assert_eq!(self.verdicts(), ["Succeeded"], "{:?}", self.exit);
        assert_eq!(self.verdict_line()["reason"], Value::Null);
        assert!(self.exit.ends.iter().all(|end| end.result.is_ok()), "{:?}", self.exit.ends);
    }

    /// The error that the invocation ended with.
    pub fn error(&self) -> &Value {
        self.exit.ends[0].result.as_ref().expect_err("the invocation did not end with an error")
    }
}
