//! CodeDeploy over HTTP (AWS JSON 1.1), as far as the hook uses it: one deployment, and a script of what goes wrong.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::elb::TEST_LISTENER;
use crate::server::{Reply, Seen, Server};

pub const DEPLOYMENT: &str = "d-ABCDEF123";
pub const HOOK_EXECUTION: &str = "eyJlbmNyeXB0ZWREYXRhIjoiY3VHU2NjdkJX";
pub const APPLICATION: &str = "dev-api";
pub const GROUP: &str = "dev-group";
pub const SHA256: &str = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

pub const GET_DEPLOYMENT: &str = "GetDeployment";
pub const GET_REVISION: &str = "GetApplicationRevision";
pub const GET_DEPLOYMENT_GROUP: &str = "GetDeploymentGroup";
pub const GET_DEPLOYMENT_TARGET: &str = "GetDeploymentTarget";
pub const PUT: &str = "PutLifecycleEventHookExecutionStatus";

/// What happens to one call instead of its being answered.
#[derive(Clone, Copy)]
pub enum Fault {
    /// An AWS error of this code, status 400.
    Error(&'static str),
    /// What a broken server or a proxy in between says.
    Html500,
    Hang,
    /// The call is carried out, but its answer never arrives.
    LostAnswer,
}

/// What a deployment consists of, and the faults of each call, in order; after them, all goes well.
pub struct Script {
    pub revision: Value,
    pub appspec: Value,
    pub faults: HashMap<&'static str, VecDeque<Fault>>,
    /// The hook's lifecycle event has its answer already.
    pub completed: bool,
    pub test_traffic_route: Value,
    /// AWS's label of the candidate's task set: each answer has the next, and the last one again and again.
    pub labels: VecDeque<Value>,
}

pub const APPSPEC: &str = "
version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: arn:aws:ecs:us-east-1:123456789012:task-definition/api:7
        LoadBalancerInfo: {ContainerName: api, ContainerPort: 3000}
";

impl Default for Script {
    fn default() -> Self {
        Self {
            // As AWS has it: the content is never in GetDeployment's answer.
            revision: json!({"revisionType": "AppSpecContent", "appSpecContent": {"content": null, "sha256": SHA256}}),
            appspec: json!(APPSPEC),
            faults: HashMap::new(),
            completed: false,
            test_traffic_route: json!({"listenerArns": [TEST_LISTENER]}),
            labels: [json!("Green")].into(),
        }
    }
}

struct State {
    script: Script,
    accepted: Vec<String>,
}

pub struct CodeDeploy {
    pub server: Server,
    state: Arc<Mutex<State>>,
}

impl CodeDeploy {
    pub async fn start(script: Script) -> Self {
        let state = Arc::new(Mutex::new(State { script, accepted: Vec::new() }));
        let server = Server::start({
            let state = Arc::clone(&state);
            move |request| state.lock().unwrap().handle(request)
        })
        .await;
        Self { server, state }
    }

    /// The answer to a request that came in elsewhere.
    pub fn answer(&self, request: &Seen) -> Reply {
        self.state.lock().unwrap().handle(request)
    }

    /// The verdicts that were accepted.
    pub fn accepted(&self) -> Vec<String> {
        self.state.lock().unwrap().accepted.clone()
    }

    /// The calls of one action, accepted or not.
    pub fn calls(&self, action: &str) -> Vec<Seen> {
        self.server.seen().into_iter().filter(|request| self::action(request) == action).collect()
    }
}

fn action(request: &Seen) -> &str {
    let target = request.headers.get("x-amz-target").unwrap().to_str().unwrap();
    target.strip_prefix("CodeDeploy_20141006.").unwrap()
}

impl State {
    fn handle(&mut self, request: &Seen) -> Reply {
        let action = action(request);
        let input: Value = serde_json::from_slice(&request.body).unwrap();
        match self.script.faults.get_mut(action).and_then(VecDeque::pop_front) {
            None => match self.carry_out(action, &input) {
                Ok(output) => aws_json(200, &output),
                Err(code) => error(code),
            },
            Some(Fault::Error(code)) => error(code),
            Some(Fault::Html500) => Reply::new(500, "<html>Internal Server Error</html>"),
            Some(Fault::Hang) => Reply::Hang,
            Some(Fault::LostAnswer) => {
                self.carry_out(action, &input).unwrap();
                Reply::Hang
            }
        }
    }

    fn carry_out(&mut self, action: &str, input: &Value) -> Result<Value, &'static str> {
        match action {
            GET_DEPLOYMENT | GET_DEPLOYMENT_TARGET | PUT if input["deploymentId"] != DEPLOYMENT => {
                Err("DeploymentDoesNotExistException")
            }
            GET_DEPLOYMENT => Ok(json!({"deploymentInfo": {
                "applicationName": APPLICATION, "deploymentGroupName": GROUP, "deploymentId": DEPLOYMENT,
                "revision": self.script.revision, "status": "InProgress", "createTime": 1_795_437_450.565,
            }})),
            GET_DEPLOYMENT_GROUP | GET_REVISION if input["applicationName"] != APPLICATION => {
                Err("ApplicationDoesNotExistException")
            }
            GET_DEPLOYMENT_GROUP if input["deploymentGroupName"] != GROUP => {
                Err("DeploymentGroupDoesNotExistException")
            }
            GET_DEPLOYMENT_GROUP => Ok(self.group()),
            GET_DEPLOYMENT_TARGET if input["targetId"] != "dev:dev-api" => Err("DeploymentTargetDoesNotExistException"),
            GET_DEPLOYMENT_TARGET => Ok(self.target()),
            GET_REVISION if input["revision"]["appSpecContent"]["sha256"] != SHA256 => {
                Err("RevisionDoesNotExistException")
            }
            GET_REVISION => Ok(json!({"applicationName": APPLICATION, "revision": {
                "revisionType": "AppSpecContent",
                "appSpecContent": {"content": self.script.appspec, "sha256": SHA256},
            }})),
            PUT if input["lifecycleEventHookExecutionId"] != HOOK_EXECUTION => {
                Err("InvalidLifecycleEventHookExecutionIdException")
            }
            PUT if self.script.completed => Err("LifecycleEventAlreadyCompletedException"),
            PUT => {
                self.script.completed = true;
                self.accepted.push(input["status"].as_str().unwrap().to_owned());
                Ok(json!({"lifecycleEventHookExecutionId": HOOK_EXECUTION}))
            }
            _ => panic!("the hook called {action}"),
        }
    }

    fn group(&self) -> Value {
        json!({"deploymentGroupInfo": {
            "applicationName": APPLICATION, "deploymentGroupName": GROUP, "computePlatform": "ECS",
            "ecsServices": [{"serviceName": "dev-api", "clusterName": "dev"}],
            "loadBalancerInfo": {"targetGroupPairInfoList": [{
                "targetGroups": [{"name": "dev-api-blue"}, {"name": "dev-api-green"}],
                "prodTrafficRoute": {"listenerArns": [format!("{TEST_LISTENER}-not")]},
                "testTrafficRoute": self.script.test_traffic_route,
            }]},
        }})
    }

    fn target(&mut self) -> Value {
        let labels = &mut self.script.labels;
        let label = if labels.len() > 1 { labels.pop_front().unwrap() } else { labels[0].clone() };
        json!({"deploymentTarget": {"deploymentTargetType": "ECSTarget", "ecsTarget": {
            "deploymentId": DEPLOYMENT, "targetId": "dev:dev-api", "status": "InProgress",
            "taskSetsInfo": [
                {"identifer": "ecs-svc/1", "status": "PRIMARY", "trafficWeight": 100.0, "taskSetLabel": "Blue",
                 "targetGroup": {"name": "dev-api-blue"}},
                {"identifer": "ecs-svc/2", "status": "ACTIVE", "trafficWeight": 0.0, "taskSetLabel": label,
                 "targetGroup": {"name": "dev-api-green"}},
            ],
        }}})
    }
}

fn error(code: &str) -> Reply {
    aws_json(400, &json!({"__type": code, "message": format!("made up for a test: {code}")}))
}

fn aws_json(status: u16, body: &Value) -> Reply {
    Reply::new(status, body.to_string()).header("content-type", "application/x-amz-json-1.1")
}
