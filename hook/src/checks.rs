//! Running the checks: all at once, each retried while green warms up.

use std::future::Future;
use std::time::Duration;

use futures_util::future::join_all;
use http::HeaderMap;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::answer::{Answer, Expected, judge};
use crate::config::{Check, Config};
use crate::retry::Backoff;

/// Requests under way at once. More would tell nothing about green but how it fares under a burst, and each may hold
/// a body in the function's memory.
const CONCURRENCY: usize = 8;

/// One request to green.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// HTTP method, in capitals.
    pub method: &'a str,
    /// Absolute.
    pub url: &'a str,
    /// What is sent with it, in addition to what is sent with each.
    pub headers: &'a HeaderMap,
    /// The response header that says who answered, if anybody wants to know.
    pub identity_header: Option<&'a str>,
}

/// Makes one request, over a connection of its own, and follows no redirect.
pub trait Fetch: Send + Sync + 'static {
    /// The answer, or why there was none.
    fn fetch(&self, request: Request<'_>) -> impl Future<Output = Result<Answer, String>> + Send;
}

/// What became of one check. Status, identity and duration are the last attempt's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How often it was tried.
    pub attempts: u32,
    /// From the start of the last attempt to its end, connecting included: what `max_ms` limits.
    pub duration: Duration,
    /// From the start of the first attempt to the end of the last.
    pub elapsed: Duration,
    /// What was answered, if anything.
    pub status: Option<u16>,
    /// Who answered, if it said so.
    pub identity: Option<String>,
    /// `None`: passed.
    pub failure: Option<String>,
}

/// Run `checks` to their end, retrying those that fail until `warm`, and at the latest until `by`.
///
/// `done` is called as each ends; the outcomes come in the order of the checks.
pub async fn run(
    fetch: &impl Fetch,
    config: &Config,
    checks: &[&Check],
    expected: Option<Expected<'_>>,
    (warm, by): (Instant, Instant),
    done: impl Fn(&Check, &Outcome) + Sync,
) -> Vec<Outcome> {
    let slots = Semaphore::new(CONCURRENCY);
    let run = Run { fetch, config, expected, by, slots: &slots, warm };
    join_all(checks.iter().map(async |check| {
        let outcome = run.check(check).await;
        done(check, &outcome);
        outcome
    }))
    .await
}

/// Why an attempt had no answer.
enum NoAnswer {
    Failed(String),
    /// It might have had one, but the time for all checks was over.
    CutShort,
}

const CUT_SHORT: &str = "no complete answer before the function's own time ran out";

struct Run<'a, F> {
    fetch: &'a F,
    config: &'a Config,
    expected: Option<Expected<'a>>,
    by: Instant,
    slots: &'a Semaphore,
    warm: Instant,
}

impl<F: Fetch> Run<'_, F> {
    async fn check(&self, check: &Check) -> Outcome {
        let url = format!("{}{}", self.config.base_url, check.path);
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(2));
        let first = Instant::now();
        let mut attempts = 0;
        let mut before: Option<String> = None;
        loop {
            // Slot and answer are held for the attempt only: a check that waits to be retried holds up no other, and
            // keeps no body in memory.
            let slot = self.slots.acquire().await;
            attempts += 1;
            let start = Instant::now();
            let result = self.attempt(check, &url, start).await;
            let duration = start.elapsed();
            let (status, identity, failure) = match result {
                Ok(answer) => {
                    let failure = judge(check, self.expected, &answer, duration).err();
                    (Some(answer.status), answer.identity, failure)
                }
                Err(NoAnswer::Failed(reason)) => (None, None, Some(reason)),
                // What it was waiting for is better told by the attempt before, if there was one.
                Err(NoAnswer::CutShort) => (
                    None,
                    None,
                    Some(before.map_or(CUT_SHORT.to_owned(), |before| format!("{CUT_SHORT}; before that: {before}"))),
                ),
            };
            drop(slot);

            let now = Instant::now();
            // The last attempt is made at the very end of the warm-up, so that none of it is given away.
            let next = (now + backoff.pause()).min(self.warm);
            if failure.is_none() || now >= self.warm || next >= self.by {
                return Outcome { attempts, duration, elapsed: first.elapsed(), status, identity, failure };
            }
            before = failure;
            sleep_until(next).await;
        }
    }

    async fn attempt(&self, check: &Check, url: &str, start: Instant) -> Result<Answer, NoAnswer> {
        let identity_header = self.expected.map(|expected| expected.header);
        let request = Request { method: &check.method, url, headers: &check.headers, identity_header };
        let limit = start + self.config.request_timeout;
        match timeout_at(limit.min(self.by), self.fetch.fetch(request)).await {
            Ok(answer) => answer.map_err(NoAnswer::Failed),
            Err(_) if limit <= self.by => {
                let limit = self.config.request_timeout.as_millis();
                Err(NoAnswer::Failed(format!("no complete answer within {limit} ms")))
            }
            Err(_) => Err(NoAnswer::CutShort),
        }
    }
}
