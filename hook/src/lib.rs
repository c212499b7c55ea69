//! The Lambda that CodeDeploy asks, before production traffic moves, whether green is good.
//!
//! The promise: each readable event gives CodeDeploy one verdict, repeated until it is accepted, before the
//! invocation's own deadline, and that verdict is `Succeeded` only if every check passed **on green**. Whatever goes
//! wrong on the way, a broken configuration included, is `Failed` with its reason: silence would stall the deployment
//! for an hour. Only an event that cannot be read, or a verdict that CodeDeploy will not take, is an invocation error.
//!
//! | module | what it does |
//! |---|---|
//! | [`config`] | the environment variables, as values or as everything that is wrong with them |
//! | [`decide`] | what is asked in which order, and what proves that it was green that answered |
//! | [`identity`], [`appspec`] | which task definition revision green must be, asked of CodeDeploy itself |
//! | [`listener`] | the proof by the test listener's rules, for images that do not say who they are |
//! | [`checks`], [`answer`], [`subset`] | the requests, retried while green warms up, and the judging of their answers |
//! | [`verdict`], [`report`] | what CodeDeploy is told, and telling it until it has accepted |
//! | [`hook`] | what an event is answered with: the configuration and the outside world |
//! | [`handler`] | one event from start to end, and how its time is shared out |
//! | [`log`] | the lines on stdout, which are a contract |
//! | [`codedeploy`], [`elb`], [`aws`], [`transport`], [`connection`] | the outside world: the AWS SDK and HTTP |
//! | [`retry`] | waiting between attempts |

pub mod answer;
pub mod appspec;
pub mod aws;
pub mod checks;
pub mod codedeploy;
pub mod config;
pub mod connection;
pub mod decide;
pub mod elb;
pub mod handler;
pub mod hook;
pub mod identity;
pub mod listener;
pub mod log;
pub mod report;
pub mod retry;
pub mod subset;
pub mod transport;
pub mod verdict;
