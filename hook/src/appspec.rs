//! Finding the task definition in an AppSpec, however it is spelt.
//!
//! AWS documents YAML with capitals; deployment tools send JSON, YAML, and keys in either case, and CodeDeploy takes
//! them all.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::Value;

/// The `family:revision` that an AppSpec deploys, or why it cannot be told.
pub fn identity(content: &str) -> Result<String, String> {
    let appspec = parse(content)?;
    let resources = get(&appspec, "resources").and_then(Value::as_array);
    let resources = resources.ok_or("the AppSpec has no list of Resources")?;
    let mut found: Vec<&Value> = resources
        .iter()
        .filter_map(Value::as_object)
        .flat_map(serde_json::Map::values)
        .filter_map(|resource| get(get(resource, "properties")?, "taskdefinition"))
        .collect();
    found.dedup();
    match found[..] {
        [Value::String(arn)] => family_and_revision(arn),
        [other] => Err(format!("the AppSpec's TaskDefinition is {other}, expected an ARN")),
        [] => Err("the AppSpec names no TaskDefinition".to_owned()),
        _ => Err(format!("the AppSpec names {} task definitions, expected one", found.len())),
    }
}

fn parse(content: &str) -> Result<Value, String> {
    // JSON is nearly YAML, but not quite: a surrogate pair (\ud83d\ude00) is only JSON.
    if let Ok(json) = serde_json::from_str(content) {
        return Ok(json);
    }
    let documents = Yaml::load_from_str(content).map_err(|error| format!("the AppSpec cannot be read: {error}"))?;
    documents.first().map(to_json).ok_or_else(|| "the AppSpec is empty".to_owned())
}

/// As much of YAML as an AppSpec uses. What JSON cannot say becomes null, which nothing here looks for.
fn to_json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Mapping(map) => {
            let entries = map.iter().filter_map(|(key, value)| Some((key.as_str()?.to_owned(), to_json(value))));
            Value::Object(entries.collect())
        }
        Yaml::Sequence(items) => Value::Array(items.iter().map(to_json).collect()),
        Yaml::Tagged(_, inner) => to_json(inner),
        Yaml::Value(Scalar::String(text)) => Value::String(text.to_string()),
        Yaml::Value(Scalar::Integer(number)) => Value::from(*number),
        Yaml::Value(Scalar::Boolean(truth)) => Value::from(*truth),
        _ => Value::Null,
    }
}

fn get<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// `arn:aws:ecs:…:task-definition/api:7` -> `api:7`.
fn family_and_revision(arn: &str) -> Result<String, String> {
    let identity = arn.rsplit('/').next().unwrap_or(arn);
    if is_identity(identity) {
        Ok(identity.to_owned())
    } else {
        Err(format!("the AppSpec's TaskDefinition is {arn:?}, expected one that ends in family:revision"))
    }
}

/// Whether it is some `family:revision`.
#[must_use]
pub fn is_identity(text: &str) -> bool {
    text.split_once(':').is_some_and(|(family, revision)| !family.is_empty() && revision.parse::<u64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "
version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: arn:aws:ecs:us-east-1:123456789012:task-definition/api:7
        LoadBalancerInfo:
          ContainerName: api
          ContainerPort: 3000
Hooks:
  - AfterAllowTestTraffic: arn:aws:lambda:us-east-1:123456789012:function:hook
";
    const JSON: &str = r#"{"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties":
        {"TaskDefinition": "arn:aws-cn:ecs:cn-north-1:123456789012:task-definition/api:7"}}}]}"#;

    #[test]
    fn the_identity_is_found_in_every_spelling() {
        let spellings = [
            YAML.to_owned(),
            YAML.to_lowercase(),
            YAML.replace("TaskDefinition:", "taskDefinition:").replace("Resources:", "RESOURCES:"),
            YAML.replace("TargetService", "some-other-name"),
            YAML.replace("arn:aws:ecs:us-east-1:123456789012:task-definition/api:7", "\"api:7\""),
            format!("\u{feff}---{YAML}..."),
            YAML.replace('\n', "\r\n"),
            JSON.to_owned(),
            JSON.replace("TaskDefinition", "taskdefinition").replace("Properties", "properties"),
            JSON.replace(' ', "\t"),
            JSON.replace("ECS::Service\"", "ECS::Service\", \"note\": \"\\ud83d\\ude00\""),
        ];
        for content in spellings {
            assert_eq!(identity(&content), Ok("api:7".to_owned()), "{content}");
        }
    }

    #[test]
    fn an_appspec_without_one_task_definition_is_refused_with_the_reason() {
        let cases = [
            (String::new(), "empty"),
            ("a: [".to_owned(), "cannot be read"),
            ("version: 0.0".to_owned(), "no list of Resources"),
            ("Resources: []".to_owned(), "names no TaskDefinition"),
            (YAML.replace(":7", ""), "ends in family:revision"),
            (YAML.replace(":7", ":latest"), "ends in family:revision"),
            (YAML.replace("/api:7", "/:7"), "ends in family:revision"),
            (YAML.replace("arn:aws:ecs:us-east-1:123456789012:task-definition/api:7", "7"), "is 7, expected an ARN"),
            (JSON.replace("}}}]}", r#"}}, "b": {"Properties": {"TaskDefinition": "c:1"}}}]}"#), "names 2"),
        ];
        for (content, reason) in cases {
            let error = identity(&content).unwrap_err();
            assert!(error.contains(reason), "{error:?} for {content}");
        }
    }
}
