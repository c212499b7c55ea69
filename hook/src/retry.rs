//! Trying again, with growing and jittered pauses, until a moment in time.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

/// Growing pauses between attempts, each cut by up to half at random so that many waiters do not move in step.
#[derive(Debug)]
pub struct Backoff {
    next: Duration,
    most: Duration,
}

impl Backoff {
    /// Pauses from about `first`, doubling, to at most `most`.
    #[must_use]
    pub fn new(first: Duration, most: Duration) -> Self {
        Self { next: first, most }
    }

    /// How long to wait before the next attempt.
    pub fn pause(&mut self) -> Duration {
        let pause = self.next.mul_f64(0.5 + 0.5 * fastrand::f64());
        self.next = (self.next * 2).min(self.most);
        pause
    }
}

/// Why a call to AWS did not give a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// AWS's error code, by which errors are told apart; messages change.
    pub code: Option<String>,
    /// For people.
    pub message: String,
    /// Asking again cannot help.
    pub permanent: bool,
}

impl CallError {
    /// An error that time may heal.
    #[must_use]
    pub fn passing(message: impl Into<String>) -> Self {
        Self { code: None, message: message.into(), permanent: false }
    }

    /// An answer that asking again will not change.
    #[must_use]
    pub fn permanent(message: impl Into<String>) -> Self {
        Self { code: None, message: message.into(), permanent: true }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{code}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Longest that one call to AWS may take: one that hangs must leave room for the next.
pub const ATTEMPT_LIMIT: Duration = Duration::from_secs(3);

/// Repeat `call` until it succeeds, fails for good, or `by` has come. Also says how often it was made.
///
/// Everything that is not known to be permanent is repeated, a refusal too: a permission that was granted moments ago
/// is now and then denied at first.
pub async fn until<T, F>(by: Instant, mut call: impl FnMut() -> F) -> (u32, Result<T, CallError>)
where
    F: Future<Output = Result<T, CallError>>,
{
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
    let mut attempts = 0;
    loop {
        attempts += 1;
        let left = by.saturating_duration_since(Instant::now());
        // A third of what is left, so that even in a hurry one hanging call is followed by others.
        let limit = (left / 3).min(ATTEMPT_LIMIT);
        let error = match timeout(limit, call()).await {
            Ok(Ok(result)) => return (attempts, Ok(result)),
            Ok(Err(error)) => error,
            Err(_) => CallError::passing(format!("no answer within {} ms", limit.as_millis())),
        };
        let pause = backoff.pause();
        let left = by.saturating_duration_since(Instant::now());
        // A call that would get less than this is not worth making.
        if error.permanent || left < pause + Duration::from_millis(100) {
            return (attempts, Err(error));
        }
        sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_hanging_call_leaves_time_for_others() {
        let calls = Cell::new(0);
        let by = Instant::now() + Duration::from_secs(2);

        let (attempts, result) = until(by, || async {
            calls.set(calls.get() + 1);
            if calls.get() == 1 { pending::<Result<&str, CallError>>().await } else { Ok("done") }
        })
        .await;

        assert_eq!((attempts, result), (2, Ok("done")));
        assert!(Instant::now() < by);
    }

    #[tokio::test(start_paused = true)]
    async fn a_permanent_error_is_not_repeated() {
        let by = Instant::now() + Duration::from_mins(1);

        let (attempts, result) = until(by, || async { Err::<(), _>(CallError::permanent("no")) }).await;

        assert_eq!((attempts, result), (1, Err(CallError::permanent("no"))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_passing_error_is_repeated_until_the_time_is_up_and_no_longer() {
        let start = Instant::now();
        let by = start + Duration::from_mins(1);

        let (attempts, result) = until(by, || async { Err::<(), _>(CallError::passing("busy")) }).await;

        assert_eq!(result, Err(CallError::passing("busy")));
        assert!((10..40).contains(&attempts), "{attempts} attempts");
        assert!(Instant::now() <= by && start.elapsed() > Duration::from_secs(50), "{:?}", start.elapsed());
    }

    #[test]
    fn pauses_grow_to_a_limit_and_are_never_without_jitter() {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(2));

        let pauses: Vec<u128> = (0..8).map(|_| backoff.pause().as_millis()).collect();

        for (pause, full) in pauses.iter().zip([200, 400, 800, 1600, 2000, 2000, 2000, 2000]) {
            assert!((full / 2..=full).contains(pause), "{pauses:?}");
        }
    }
}
