//! Elastic Load Balancing over HTTP (the Query protocol), as far as the hook uses it: the rules of one listener.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::codedeploy::Fault;
use crate::server::{Reply, Seen, Server};

pub const TEST_LISTENER: &str =
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/dev/50dc6c495c0c9188/f2f7dc8efc522ab2";

/// A rule: its priority, and its target groups with their weights.
pub type Rule = (&'static str, Vec<(&'static str, u32)>);

/// What the test listener shows.
pub struct Script {
    /// Each look shows the next of these, and the last one again and again.
    pub looks: VecDeque<Vec<Rule>>,
    /// How many rules an answer has at most.
    pub page_size: usize,
    /// What goes wrong with the first calls.
    pub faults: VecDeque<Fault>,
}

impl Default for Script {
    fn default() -> Self {
        Self { looks: [forward_to("dev-api-green")].into(), page_size: 400, faults: VecDeque::new() }
    }
}

/// A listener as the modules make it: nothing but a default rule.
pub fn forward_to(target_group: &'static str) -> Vec<Rule> {
    vec![("default", vec![(target_group, 1)])]
}

pub async fn start(script: Script) -> Server {
    let script = Mutex::new(script);
    Server::start(move |request| script.lock().unwrap().handle(request)).await
}

impl Script {
    fn handle(&mut self, request: &Seen) -> Reply {
        let input = form(&request.body);
        let value = |name: &str| input.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert_eq!((value("Action"), value("Version")), (Some("DescribeRules"), Some("2015-12-01")));
        match self.faults.pop_front() {
            None => {}
            Some(Fault::Error(code)) => return error(code, "made up for a test"),
            Some(Fault::Html500) => return Reply::new(500, "<html>Internal Server Error</html>"),
            Some(Fault::Hang | Fault::LostAnswer) => return Reply::Hang,
        }
        if value("ListenerArn") != Some(TEST_LISTENER) {
            return error("ListenerNotFound", "One or more listeners not found");
        }
        let start: usize = value("Marker").map_or(0, |marker| marker.parse().unwrap());
        let end = start + self.page_size;
        let rules = &self.looks[0];
        let page = rules.iter().skip(start).take(self.page_size).map(rule).collect::<String>();
        let is_last = end >= rules.len();
        let marker = if is_last { String::new() } else { format!("<NextMarker>{end}</NextMarker>") };
        if is_last && self.looks.len() > 1 {
            self.looks.pop_front();
        }
        Reply::new(
            200,
            format!(
                "<DescribeRulesResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\">\
                 <DescribeRulesResult><Rules>{page}</Rules>{marker}</DescribeRulesResult>\
                 <ResponseMetadata><RequestId>74926cf3-f3a3-11e5-b543-9f2c3fbb9bee</RequestId></ResponseMetadata>\
                 </DescribeRulesResponse>"
            ),
        )
        .header("content-type", "text/xml")
    }
}

/// As AWS shows it: a single target group is in two places.
fn rule((priority, groups): &Rule) -> String {
    let is_default = *priority == "default";
    let arn =
        |name: &str| format!("arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/{name}/73e2d6bc24d8a067");
    let members = groups.iter().map(|(name, weight)| {
        format!("<member><TargetGroupArn>{}</TargetGroupArn><Weight>{weight}</Weight></member>", arn(name))
    });
    let members: String = members.collect();
    let single = match groups[..] {
        [(name, _)] => format!("<TargetGroupArn>{}</TargetGroupArn>", arn(name)),
        _ => String::new(),
    };
    format!(
        "<member><RuleArn>{TEST_LISTENER}/{priority}</RuleArn><Priority>{priority}</Priority>\
         <IsDefault>{is_default}</IsDefault><Conditions/><Actions><member><Type>forward</Type>{single}<ForwardConfig>\
         <TargetGroups>{members}</TargetGroups><TargetGroupStickinessConfig><Enabled>false</Enabled>\
         </TargetGroupStickinessConfig></ForwardConfig></member></Actions></member>"
    )
}

fn error(code: &str, message: &str) -> Reply {
    Reply::new(
        400,
        format!(
            "<ErrorResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\"><Error><Type>Sender</Type>\
             <Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>74926cf3-f3a3-11e5-b543-9f2c3fbb9bee</RequestId></ErrorResponse>"
        ),
    )
    .header("content-type", "text/xml")
}

/// The pairs of a body in the form encoding.
fn form(body: &[u8]) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let mut parts = text.split('%');
        let mut decoded = parts.next().unwrap().replace('+', " ");
        for part in parts {
            decoded.push(char::from(u8::from_str_radix(&part[..2], 16).unwrap()));
            decoded.push_str(&part[2..].replace('+', " "));
        }
        decoded
    };
    let pairs = std::str::from_utf8(body).unwrap().split('&').map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(key, value)| (decode(key), decode(value))).collect()
}
