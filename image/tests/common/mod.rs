//! The real binary, a client that speaks raw HTTP to it, and a stand-in for the ECS metadata endpoint. Nothing here
//! waits for a fixed time: everything is awaited, with a deadline that only a hang can reach.

#![allow(dead_code, reason = "each test file uses its own part of this module")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

pub const DEADLINE: Duration = Duration::from_mins(1);
pub const IMAGE: &str = env!("CARGO_BIN_EXE_image");

/// Repeats `attempt` until it gives something.
pub fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        assert!(started.elapsed() < DEADLINE, "gave up waiting for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// `program` with only the given variables, so that those of the machine the tests run on do not matter.
pub fn command(program: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(variables.iter().copied());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// A running service. It is killed when the test ends, however that is.
pub struct Image {
    process: Child,
    lines: Receiver<String>,
}

impl Image {
    /// On a free port of its own, with `variables` on top.
    pub fn start(variables: &[(&str, &str)]) -> Self {
        Self::spawn(command(IMAGE, &[&[("LISTEN_ADDR", "127.0.0.1:0")], variables].concat()))
    }

    pub fn spawn(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { process, lines }
    }

    /// The next line with this event; those before it are dropped.
    pub fn log(&self, event: &str) -> Value {
        let line = self.log_until(|line| line["event"] == event);
        line.unwrap_or_else(|| panic!("ended or hung without logging {event:?}"))
    }

    /// All lines from here to the end of the process.
    pub fn rest_of_log(&self) -> Vec<Value> {
        let mut lines = Vec::new();
        self.log_until(|line| {
            lines.push(line.clone());
            false
        });
        lines
    }

    fn log_until(&self, mut wanted: impl FnMut(&Value) -> bool) -> Option<Value> {
        loop {
            let line = self.lines.recv_timeout(DEADLINE).ok()?;
            let line = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
            if wanted(&line) {
                return Some(line);
            }
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.log("listening")["address"].as_str().unwrap().parse().unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    pub fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }

    /// How the process ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().unwrap()
    }

    pub fn exit_code(&mut self) -> Option<i32> {
        eventually("the process to end", || self.ended()).code()
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn send(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}

/// One connection, kept open between requests as a load balancer does.
pub struct Client(BufReader<TcpStream>);

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Self(BufReader::new(stream))
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n"));
        self.answer()
    }

    pub fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    pub fn answer(&mut self) -> Answer {
        let status_line = self.line();
        let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut answer = Answer {
            status: status.unwrap_or_else(|| panic!("not an answer: {status_line:?}")),
            headers: Vec::new(),
            body: Value::Null,
        };
        while let Some((name, value)) = self.line().split_once(": ") {
            answer.headers.push((name.to_lowercase(), value.to_owned()));
        }
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        answer.body = serde_json::from_slice(&body).unwrap();
        answer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub fn is_closed_by_the_server(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0))
    }

    /// Until the service has accepted this connection and read all that was sent, as the kernel tells: an accepted
    /// socket has an inode, and its receive queue is empty.
    pub fn wait_until_read(&self) {
        let ours = self.0.get_ref().local_addr().unwrap().port();
        let theirs = self.0.get_ref().peer_addr().unwrap().port();
        eventually("the service to read what was sent", || {
            tcp_sockets()
                .into_iter()
                .find(|socket| socket.local_port == theirs && socket.remote_port == ours)
                .filter(|socket| socket.inode != 0 && socket.unread == 0)
        });
    }
}

struct TcpSocket {
    local_port: u16,
    remote_port: u16,
    listens: bool,
    unread: u64,
    inode: u64,
}

fn tcp_sockets() -> Vec<TcpSocket> {
    let port = |address: &str| u16::from_str_radix(address.split(':').nth(1).unwrap(), 16).unwrap();
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.map(|row| TcpSocket {
        local_port: port(row[1]),
        remote_port: port(row[2]),
        listens: row[3] == "0A",
        unread: u64::from_str_radix(row[4].split(':').nth(1).unwrap(), 16).unwrap(),
        inode: row[9].parse().unwrap(),
    })
    .collect()
}

/// Whether the process has a TCP socket that accepts connections.
pub fn listens(pid: u32) -> bool {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let open: Vec<PathBuf> = descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok()).collect();
    let is_open = |inode| open.contains(&PathBuf::from(format!("socket:[{inode}]")));
    tcp_sockets().iter().any(|socket| socket.listens && is_open(socket.inode))
}

/// What ECS gives a container.
pub struct MetadataEndpoint(TcpListener);

impl MetadataEndpoint {
    pub fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub fn uri(&self) -> String {
        format!("http://{}/v4/abc", self.0.local_addr().unwrap())
    }

    /// Waits for a request. It is held until it is answered or dropped.
    pub fn request(&self) -> MetadataRequest {
        let mut request = BufReader::new(self.0.accept().unwrap().0);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(request.read_line(&mut head).unwrap(), 0, "half a request: {head:?}");
        }
        assert!(head.starts_with("GET /v4/abc/task HTTP/1.1\r\n"), "{head}");
        MetadataRequest(request.into_inner())
    }

    /// Answers every request from here on: on a busy machine one may come too late, and is then made again.
    pub fn answer_all(self, status: &'static str, body: Value) {
        thread::spawn(move || {
            loop {
                self.request().answer(status, &body);
            }
        });
    }
}

pub struct MetadataRequest(TcpStream);

impl MetadataRequest {
    pub fn answer(mut self, status: &str, body: &Value) {
        let body = body.to_string();
        let length = body.len();
        let _ = write!(self.0, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
    }
}
