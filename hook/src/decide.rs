//! The decision: what is asked of the candidate, in which order, and what proves that it was the candidate.

use std::time::Duration;

use tokio::time::Instant;

use crate::answer::Expected;
use crate::checks::{self, Fetch, Outcome};
use crate::config::{Check, Config, Identity};
use crate::hook::Hook;
use crate::identity::{self, Deployments, Release};
use crate::listener::{Groups, LAST_LOOK, Proof, Rules, SETTLE, Times};
use crate::log;
use crate::report::Status;
use crate::verdict::{IdentityBy, Verdict};

/// Longest that AWS is asked what is being deployed and where. Shorter than an invocation usually is, because a refusal
/// that lasts this long is no longer one of a permission that has yet to spread, and its author is waiting.
const CALLS_LIMIT: Duration = Duration::from_secs(20);

impl<C: Deployments + Groups, R: Rules, F: Fetch> Hook<C, R, F> {
    /// Ask the candidate, at the latest until `by`.
    pub(crate) async fn decide(&self, deployment_id: &str, by: Instant) -> Verdict {
        let config = match &self.config {
            Ok(config) => config,
            Err(problems) => return Verdict::failed(format!("the hook's configuration is broken: {problems}")),
        };
        let mut release = None;
        if config.identity != Identity::Off {
            let calls_by = by.min(Instant::now() + CALLS_LIMIT);
            match identity::expected(&self.codedeploy, deployment_id, calls_by).await {
                Ok(expected) => release = Some(expected),
                Err(reason) => return Verdict::failed(reason),
            }
        }
        Decision { hook: self, config, deployment_id, release: release.as_ref(), by }.verdict().await
    }
}

/// One deployment, and what there is to decide by.
struct Decision<'a, C, R, F> {
    hook: &'a Hook<C, R, F>,
    config: &'a Config,
    deployment_id: &'a str,
    /// `None` when any version may answer.
    release: Option<&'a Release>,
    by: Instant,
}

/// Checks, and what became of each.
type Asked<'a> = Vec<(&'a Check, Outcome)>;

impl<'a, C: Groups, R: Rules, F: Fetch> Decision<'a, C, R, F> {
    async fn verdict(&self) -> Verdict {
        let warm = Instant::now() + self.config.warmup;
        let all = self.config.checks.iter().collect();
        match (self.release, self.config.identity) {
            (Some(release), Identity::Auto) => self.by_header_or_listener(release, all, warm).await,
            (Some(release), Identity::Listener) => match self.ask_under_proof(release, all, None, warm).await {
                Ok((asked, lapsed)) => self.sum_up(asked, IdentityBy::Listener, lapsed),
                Err(unproven) => self.sum_up(Vec::new(), IdentityBy::Listener, Some(unproven)),
            },
            (Some(release), _) => {
                let asked = self.ask(all, Some(self.header(release)), warm, self.by, |_| true).await;
                self.sum_up(asked, IdentityBy::Header, None)
            }
            (None, _) => {
                let asked = self.ask(all, None, warm, self.by, |_| true).await;
                self.sum_up(asked, IdentityBy::Off, None)
            }
        }
    }

    async fn by_header_or_listener(&self, release: &Release, all: Vec<&'a Check>, warm: Instant) -> Verdict {
        let header = self.header(release);
        let asked = self.ask(all, Some(header), warm, self.by, |outcome| !is_unnamed(outcome)).await;
        let (unnamed, mut settled): (Asked, Asked) = asked.into_iter().partition(|(_, outcome)| is_unnamed(outcome));
        if unnamed.is_empty() {
            return self.sum_up(settled, IdentityBy::Header, None);
        }
        let mut unproven = None;
        if settled.iter().all(|(_, outcome)| outcome.failure.is_none()) {
            // Any version may have given the answers without the header: they count only if they come again while the
            // listener proves who gives them.
            let again = unnamed.iter().map(|(check, _)| *check).collect();
            match self.ask_under_proof(release, again, Some(header), warm).await {
                Ok((asked, lapsed)) => {
                    settled.extend(asked);
                    return self.sum_up(settled, IdentityBy::Listener, lapsed);
                }
                Err(reason) => {
                    let (some, all) = (unnamed.len(), self.config.checks.len());
                    unproven = Some(format!(
                        "{some} of {all} checks were answered without {}, and {reason}; right would be {}: {} in each \
                         answer, or a listener that proves it",
                        header.header, header.header, header.identity
                    ));
                }
            }
        }
        for (check, outcome) in &unnamed {
            self.log(check, outcome);
        }
        settled.extend(unnamed);
        self.sum_up(settled, IdentityBy::Listener, unproven)
    }

    /// What came of the checks, and why the proof did not last to their end, if it did not; or why there is none.
    async fn ask_under_proof(
        &self,
        release: &Release,
        checks: Vec<&'a Check>,
        header: Option<Expected<'_>>,
        warm: Instant,
    ) -> Result<(Asked<'a>, Option<String>), String> {
        let setting = match self.config.identity {
            Identity::Listener => "listener",
            _ => "auto",
        };
        let unproven = |reason| {
            format!(
                "the test listener does not prove that {} answers: {reason} (hook.identity in the settings, IDENTITY \
                 here, is {setting})",
                release.identity
            )
        };
        let Hook { codedeploy, load_balancing, .. } = self.hook;
        let times = Times { warm, calls_by: self.by.min(Instant::now() + CALLS_LIMIT), by: self.by };
        let proof = Proof::before(codedeploy, load_balancing, self.deployment_id, release, times).await;
        let proof = proof.map_err(unproven)?;

        // The warm-up is for the candidate, which the wait for the listener must not shorten.
        let asked = self.ask(checks, header, warm + SETTLE, self.by - LAST_LOOK, |_| true).await;
        let lapsed = proof.after(self.by).await.err().map(unproven);
        Ok((asked, lapsed))
    }

    async fn ask(
        &self,
        checks: Vec<&'a Check>,
        header: Option<Expected<'_>>,
        warm: Instant,
        by: Instant,
        is_settled: impl Fn(&Outcome) -> bool + Sync,
    ) -> Asked<'a> {
        let outcomes = checks::run(&self.hook.fetch, self.config, &checks, header, (warm, by), |check, outcome| {
            if is_settled(outcome) {
                self.log(check, outcome);
            }
        })
        .await;
        checks.into_iter().zip(outcomes).collect()
    }

    fn header<'b>(&'b self, release: &'b Release) -> Expected<'b> {
        let required = self.config.identity == Identity::Header;
        Expected { header: &self.config.identity_header, identity: &release.identity, required }
    }

    fn log(&self, check: &Check, outcome: &Outcome) {
        let identity = self.release.map(|release| release.identity.as_str());
        log::check(&self.hook.log, self.deployment_id, check, outcome, identity);
    }

    /// Failed if a check has failed, or for another `reason`.
    fn sum_up(&self, asked: Asked<'_>, by: IdentityBy, reason: Option<String>) -> Verdict {
        let all = asked.len();
        let failures: Vec<String> = asked
            .into_iter()
            .filter_map(|(check, outcome)| Some(format!("{} {}: {}", check.method, check.path, outcome.failure?)))
            .collect();
        let failed = failures.len();
        let failures = (failed > 0).then(|| format!("{failed} of {all} checks failed: {}", failures.join("; ")));
        let reason = failures.or(reason);
        Verdict {
            status: if reason.is_none() { Status::Succeeded } else { Status::Failed },
            passed: all - failed,
            failed,
            expected_identity: self.release.map(|release| release.identity.clone()),
            identity_by: (reason.is_none() || by == IdentityBy::Off).then_some(by),
            reason,
        }
    }
}

/// It passed, and the answer did not say who it was from.
fn is_unnamed(outcome: &Outcome) -> bool {
    outcome.failure.is_none() && outcome.identity.is_none()
}

#[cfg(test)]
mod tests;
