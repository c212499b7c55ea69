//! The two ways to be told to stop: SIGTERM by ECS, SIGINT by a person at a terminal.

use std::io;

use serde::Serialize;
use tokio::signal::unix::{self, SignalKind};

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Signal {
    #[serde(rename = "SIGTERM")]
    Terminate,
    #[serde(rename = "SIGINT")]
    Interrupt,
}

pub struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
}

impl Signals {
    /// From here on neither signal has its default action. For process 1 that action is to ignore them, which is why
    /// a service without handlers is killed at the end of each stop timeout instead.
    pub fn install() -> io::Result<Self> {
        Ok(Self {
            terminate: unix::signal(SignalKind::terminate())?,
            interrupt: unix::signal(SignalKind::interrupt())?,
        })
    }

    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.interrupt.recv() => Signal::Interrupt,
        }
    }

    /// Ctrl-C during the shutdown: a person who does not want to wait. A second SIGTERM says nothing new.
    pub async fn interrupted(&mut self) {
        self.interrupt.recv().await;
    }
}
