//! What there is to run on, and what was left behind: for `kata doctor` and `kata clean`.

use crate::engine::{Engine, Found};
use crate::grading::{GradingError, runtime};
use crate::servers::Servers;
use crate::settings::{Server, Settings};
use std::time::Duration;

/// What there is to run on.
pub struct Examined {
    /// The engine's name and version, or why there is none.
    pub engine: Result<String, String>,
    /// The images, and what is to be said of each that is there: nothing, or that it only stands in for the real one.
    pub images: Vec<(String, Option<&'static str>)>,
    /// What each server says it is and how long a round trip takes, or why it does not answer.
    pub servers: Vec<(Server, RoundTrip)>,
}

/// A server's name and version, and how long it took to tell them; or why it does not.
pub type RoundTrip = Result<(String, Duration), String>;

/// Looks at engine and images, starts the servers, and asks each of them something.
pub fn examine(settings: &Settings) -> Result<Examined, GradingError> {
    runtime()?.block_on(async {
        let (mut version, mut images) = (Err("not needed: all servers run already".to_owned()), Vec::new());
        if settings.needs_engine() {
            match Engine::find().await {
                Ok(engine) => {
                    version = engine.version().await.map_err(|error| error.to_string());
                    for server in Server::ALL {
                        let image = settings.image(server);
                        let found = engine.image(image).await.map(|found| match found {
                            Found::Image => "",
                            Found::StandIn => " (a stand-in, built from Debian packages)",
                        });
                        images.push((image.to_owned(), found));
                    }
                }
                Err(why) => version = Err(why.to_string()),
            }
        }
        let mut servers = Vec::new();
        match Servers::start(settings).await {
            Ok(started) => {
                for server in Server::ALL {
                    let answer = started.round_trip(server).await;
                    servers.push((server, answer.map_err(|error| error.to_string())));
                }
                started.stop().await;
            }
            // The engine's own failure has been told.
            Err(_) if version.is_err() && settings.needs_engine() => {}
            Err(why) => servers.extend(Server::ALL.map(|server| (server, Err(why.to_string())))),
        }
        Ok(Examined { engine: version, images, servers })
    })
}

/// Removes containers that gradings left behind and returns their images; with `all` also those that others may be using.
pub fn clean(all: bool) -> Result<Vec<String>, GradingError> {
    runtime()?.block_on(async {
        let engine = Engine::find().await?;
        let mut removed = Vec::new();
        for leftover in engine.leftovers(all).await? {
            engine.remove(&leftover).await?;
            removed.push(leftover.image);
        }
        Ok(removed)
    })
}
