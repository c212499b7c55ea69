//! The Lambda service, as a function sees it: the Runtime API, a process, its output and its memory.

use std::collections::{BTreeMap, VecDeque};
use std::process::Stdio;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::server::{Reply, Seen, Server};

/// How one invocation ended: with a response, or with an error (Lambda's own shape).
#[derive(Debug)]
pub struct End {
    pub result: Result<Value, Value>,
    /// From when the event was handed out to when the end was told.
    pub took: Duration,
}

/// Everything a process left behind.
#[derive(Debug)]
pub struct Exit {
    pub ends: Vec<End>,
    /// The lines on stdout, each of which has to be JSON.
    pub lines: Vec<Value>,
    /// Largest resident size that the process ever had.
    pub peak_bytes: u64,
}

/// Run the binary with exactly this environment and hand it the events one after the other, each with this deadline.
pub async fn run(env: &BTreeMap<String, String>, events: Vec<String>, deadline: Duration) -> Exit {
    let count = events.len();
    let (ended, mut ends) = mpsc::unbounded_channel();
    let queue = Mutex::new((VecDeque::from(events), Instant::now()));
    let api = Server::start(move |request| answer(request, &queue, deadline, &ended)).await;
    // Another build of the hook can be put to the same tests, such as the one for AWS through an emulator:
    // HOOK_COMMAND="qemu-aarch64-static -L /usr/aarch64-linux-gnu path/to/bootstrap"
    let command = std::env::var("HOOK_COMMAND").unwrap_or_else(|_| env!("CARGO_BIN_EXE_bootstrap").to_owned());
    let mut command = command.split_whitespace();
    let mut process = Command::new(command.next().unwrap())
        .args(command)
        .env_clear()
        .envs(env)
        .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "hook")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();

    let mut collected = Vec::with_capacity(count);
    for _ in 0..count {
        // Lambda would kill the process at the deadline; the grace is for a busy machine, and for seeing how late.
        let end = timeout(deadline + Duration::from_secs(20), ends.recv()).await;
        collected.push(end.expect("the invocation never ended").unwrap());
    }

    let peak_bytes = peak_bytes(process.id().expect("the process has exited"));
    process.kill().await.unwrap();
    let mut output = String::new();
    process.stdout.take().unwrap().read_to_string(&mut output).await.unwrap();
    let lines = output.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    Exit { ends: collected, lines, peak_bytes }
}

type Queue = Mutex<(VecDeque<String>, Instant)>;

fn answer(request: &Seen, queue: &Queue, deadline: Duration, ended: &mpsc::UnboundedSender<End>) -> Reply {
    let path = request.path().strip_prefix("/2018-06-01/runtime/").unwrap();
    let (events, handed_out) = &mut *queue.lock().unwrap();
    let result = match path.rsplit('/').next() {
        Some("next") => {
            let Some(event) = events.pop_front() else { return Reply::Hang };
            *handed_out = Instant::now();
            let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + deadline;
            return Reply::new(200, event)
                .header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
                .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
                .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:hook");
        }
        Some("response") => Ok(serde_json::from_slice(&request.body).unwrap()),
        Some("error") => Err(serde_json::from_slice(&request.body).unwrap()),
        _ => panic!("the function asked for {path}"),
    };
    ended.send(End { result, took: handed_out.elapsed() }).ok();
    Reply::new(202, "")
}

fn peak_bytes(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
