//! Joins the command and the services.

use kata_check::Judgement;
use kata_cli::{Integration, IntegrationError, IntegrationSettings, Running};
use kata_real::engine::Unavailable;
use kata_real::settings::{Server, Settings, SettingsError};
use kata_real::{Examined, Grading, GradingError, clean, examine};
use kata_report::doctor::{Finding, State};
use kata_sim::{Host, Requirement};

/// PostgreSQL, Redis and NATS.
pub(crate) struct RealServices;

/// Those of one grading.
struct Ready(Grading);

impl Integration for RealServices {
    fn begin(&self, chosen: &IntegrationSettings) -> Result<Box<dyn Running>, IntegrationError> {
        let grading = Grading::begin(&settings(chosen)?).map_err(failed)?;
        Ok(Box::new(Ready(grading)))
    }

    fn findings(&self, chosen: &IntegrationSettings) -> Result<Vec<Finding>, IntegrationError> {
        let Examined { engine, images, servers } = examine(&settings(chosen)?).map_err(failed)?;
        let mut findings = vec![match engine {
            Ok(version) => finding("engine", State::Good, version),
            Err(why) => finding("engine", State::Missing, why),
        }];
        findings.extend(images.into_iter().map(|(image, found)| match found {
            Some(found) => finding("image", State::Good, format!("{image}{found}")),
            None => finding(
                "image",
                State::Missing,
                format!("{image} is not there; it is pulled when it is needed"),
            ),
        }));
        findings.extend(servers.into_iter().map(|(server, answered)| match answered {
            Ok((version, took)) => finding(
                server.name(),
                State::Good,
                format!("{version}, a round trip takes {} µs", took.as_micros()),
            ),
            Err(why) => finding(server.name(), State::Missing, why),
        }));
        Ok(findings)
    }

    fn clean(&self, all: bool) -> Result<Vec<String>, IntegrationError> {
        clean(all).map_err(failed)
    }
}

impl Running for Ready {
    fn judge(
        &self,
        host: &mut dyn Host,
        requirement: &Requirement,
        seed: u64,
    ) -> Result<Judgement, IntegrationError> {
        self.0.judge(host, requirement, seed).map_err(failed)
    }

    fn end(self: Box<Self>) {
        self.0.end();
    }
}

/// What the user chose: the file first, then the environment, then the command line.
fn settings(chosen: &IntegrationSettings) -> Result<Settings, IntegrationError> {
    let wrong = |error: SettingsError| IntegrationError::Settings(error.to_string());
    let mut settings = Settings::default();
    for (server, image) in &chosen.images {
        settings.images.insert(server.parse::<Server>().map_err(wrong)?, image.clone());
    }
    if let Some(pull) = &chosen.pull {
        settings.pull = pull.parse().map_err(wrong)?;
    }
    settings = settings.with_environment(|name| std::env::var(name).ok()).map_err(wrong)?;
    chosen.services.iter().try_fold(settings, |settings, url| settings.with_service(url)).map_err(wrong)
}

fn failed(error: GradingError) -> IntegrationError {
    match error {
        GradingError::Unavailable(why @ (Unavailable::Engine | Unavailable::Image { .. })) => {
            IntegrationError::Unavailable(why.to_string())
        }
        GradingError::Unavailable(why @ Unavailable::Server { .. }) => {
            IntegrationError::Unavailable(why.to_string())
        }
        GradingError::Threads(_) => IntegrationError::Ours(error.to_string()),
    }
}

fn finding(what: &str, state: State, found: impl Into<String>) -> Finding {
    Finding { what: what.to_owned(), state, found: found.into(), advice: None }
}
