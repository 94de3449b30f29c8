//! The container engine: Docker, Podman or whatever else speaks Docker's API, here or at `DOCKER_HOST`.

use crate::settings::Server;
use crate::settings::{Pull, Settings};
use futures_util::TryStreamExt;
use rustix::process::{Pid, getpid, test_kill_process};
use std::collections::HashMap;
use std::time::Duration;
use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::{
    CreateImageOptionsBuilder, ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};

/// The label that all our containers carry, with the process that owns them: `<host>:<process id>`.
pub const OWNER_LABEL: &str = "dev.kata.owner";
/// The label of images that only stand in for the official ones.
const STAND_IN_LABEL: &str = "dev.kata.stand-in";
/// An engine that lets one wait longer is no use.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Why there are no servers.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// No engine answers.
    #[error(
        "no container engine answers: start Docker or Podman, point DOCKER_HOST at one, or name servers that run with --services"
    )]
    Engine,
    /// An image is not there and cannot be had.
    #[error(
        "the image {image} cannot be had ({why}): pull it, name another with {variable}, or name a server that runs with --services"
    )]
    Image {
        /// The image.
        image: String,
        /// What the engine says.
        why: String,
        /// What names another.
        variable: String,
    },
    /// A server does not start or does not answer.
    #[error("{server} does not work: {why}")]
    Server {
        /// The server.
        server: Server,
        /// What went wrong.
        why: String,
    },
}

impl Unavailable {
    pub(crate) fn server(server: Server, why: impl ToString) -> Unavailable {
        Unavailable::Server { server, why: why.to_string() }
    }
}

/// A container engine that answers.
pub struct Engine {
    docker: Docker,
}

/// A container that nobody will remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Its id.
    pub id: String,
    /// Its image.
    pub image: String,
}

impl Engine {
    /// The engine of this machine, or the one at `DOCKER_HOST`.
    pub async fn find() -> Result<Engine, Unavailable> {
        let docker = Docker::connect_with_defaults().map_err(|_| Unavailable::Engine)?;
        let engine = Engine { docker };
        engine.version().await?;
        Ok(engine)
    }

    /// What it calls itself, and its version.
    pub async fn version(&self) -> Result<String, Unavailable> {
        let asked = tokio::time::timeout(ANSWER_WITHIN, self.docker.version()).await;
        let version = asked.map_err(|_| Unavailable::Engine)?.map_err(|_| Unavailable::Engine)?;
        let name = version.platform.map(|platform| platform.name).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| "Docker".to_owned());
        Ok(format!("{name} {}", version.version.unwrap_or_default()).trim().to_owned())
    }

    /// Whether the image is there, and whether it is a stand-in.
    pub async fn image(&self, image: &str) -> Option<Found> {
        let found = self.docker.inspect_image(image).await.ok()?;
        let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
        Some(if labels.contains_key(STAND_IN_LABEL) { Found::StandIn } else { Found::Image })
    }

    /// Sees to it that the image of a server is there.
    pub async fn provide(&self, settings: &Settings, server: Server) -> Result<(), Unavailable> {
        let image = settings.image(server);
        let found = self.image(image).await;
        let pulled = match (settings.pull, found) {
            (Pull::Missing | Pull::Never, Some(_)) => return Ok(()),
            (Pull::Never, None) => Err("it is not there, and may not be pulled".to_owned()),
            (Pull::Missing | Pull::Always, _) => self.pull(image).await,
        };
        let variable = format!("KATA_IMAGE_{}", server.name().to_uppercase());
        pulled.map_err(|why| Unavailable::Image { image: image.to_owned(), why, variable })
    }

    async fn pull(&self, image: &str) -> Result<(), String> {
        let options = CreateImageOptionsBuilder::default().from_image(image).build();
        let pulled: Result<Vec<_>, _> =
            self.docker.create_image(Some(options), None, None).try_collect().await;
        pulled.map(drop).map_err(|error| error.to_string())
    }

    /// Containers of gradings whose process is gone; with `all` also those of others, here or elsewhere.
    pub async fn leftovers(&self, all: bool) -> Result<Vec<Leftover>, Unavailable> {
        let labelled = HashMap::from([("label".to_owned(), vec![OWNER_LABEL.to_owned()])]);
        let options = ListContainersOptionsBuilder::default().all(true).filters(&labelled).build();
        let found = self.docker.list_containers(Some(options)).await.map_err(|_| Unavailable::Engine)?;
        let is_left = |labels: Option<&HashMap<String, String>>| {
            all || labels.and_then(|labels| labels.get(OWNER_LABEL)).is_some_and(|owner| is_gone(owner))
        };
        Ok(found
            .into_iter()
            .filter(|container| is_left(container.labels.as_ref()))
            .map(|container| Leftover {
                id: container.id.unwrap_or_default(),
                image: container.image.unwrap_or_default(),
            })
            .collect())
    }

    /// Removes a container, running or not, with all that it holds.
    pub async fn remove(&self, container: &Leftover) -> Result<(), Unavailable> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        self.docker.remove_container(&container.id, Some(options)).await.map_err(|_| Unavailable::Engine)
    }
}

/// What kind of image there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// One from elsewhere.
    Image,
    /// One that `fixtures/images/build` made.
    StandIn,
}

/// This process, as the owner of containers.
pub(crate) fn owner() -> String {
    format!("{}:{}", host(), getpid().as_raw_nonzero())
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// True if the owner is a process of this machine that has ended.
fn is_gone(owner: &str) -> bool {
    let Some((owner_host, id)) = owner.rsplit_once(':') else { return false };
    let process = id.parse().ok().and_then(Pid::from_raw);
    owner_host == host() && process.is_none_or(|process| test_kill_process(process).is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_there_and_an_impossible_one_is_gone() {
        assert!(!is_gone(&owner()));
        assert!(is_gone(&format!("{}:{}", host(), i32::MAX)));
        assert!(!is_gone("elsewhere:1"));
    }
}
