//! One server in a container.

use crate::engine::{OWNER_LABEL, Unavailable, owner};
use crate::settings::{Server, Settings};
use testcontainers::core::ContainerPort;
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt, TestcontainersError};

/// Where NATS finds its settings.
const NATS_SETTINGS_AT: &str = "/kata-nats.conf";
/// A log's records are larger than what NATS takes by default.
const NATS_SETTINGS: &str = "max_payload: 4MB\njetstream { store_dir: /kata-jetstream }\n";

/// One server in a container.
pub(crate) struct Container {
    server: Server,
    container: ContainerAsync<GenericImage>,
}

impl Container {
    /// Creates and starts it; it answers a little later.
    pub(crate) async fn start(server: Server, settings: &Settings) -> Result<Container, Unavailable> {
        let (name, tag) = name_and_tag(settings.image(server));
        let image = GenericImage::new(name, tag).with_exposed_port(ContainerPort::Tcp(port(server)));
        let request = match server {
            // What a crash of the machine would take is taken here by no one; a crash of the server loses nothing.
            Server::Postgres => image.with_env_var("POSTGRES_HOST_AUTH_METHOD", "trust").with_cmd([
                "postgres",
                "-c",
                "fsync=off",
                "-c",
                "max_connections=200",
            ]),
            Server::Redis => image.with_cmd(["redis-server", "--save", "", "--appendonly", "no"]),
            Server::Nats => image
                .with_copy_to(NATS_SETTINGS_AT, NATS_SETTINGS.as_bytes().to_vec())
                .with_cmd(["-c", NATS_SETTINGS_AT]),
        };
        let container = request.with_label(OWNER_LABEL, owner()).start().await;
        Ok(Container { server, container: container.map_err(|error| failed(server, error))? })
    }

    /// Where it can be reached until it is started again.
    pub(crate) async fn url(&self) -> Result<String, Unavailable> {
        let failed = |error| failed(self.server, error);
        let host = self.container.get_host().await.map_err(failed)?;
        let port = self.container.get_host_port_ipv4(port(self.server)).await.map_err(failed)?;
        let scheme = match self.server {
            Server::Postgres => "postgres://postgres@",
            Server::Redis => "redis://",
            Server::Nats => "nats://",
        };
        // Ports are published for IPv4, and `localhost` may be IPv6 first.
        let host = host.to_string().replace("localhost", "127.0.0.1");
        Ok(format!("{scheme}{host}:{port}"))
    }

    /// Ends it at once: `SIGKILL`.
    pub(crate) async fn kill(&self) -> Result<(), Unavailable> {
        self.container.stop_with_timeout(Some(0)).await.map_err(|error| failed(self.server, error))
    }

    /// Starts it after it was killed, at another address perhaps.
    pub(crate) async fn start_again(&self) -> Result<(), Unavailable> {
        self.container.start().await.map_err(|error| failed(self.server, error))
    }

    /// Stops all its processes where they are.
    pub(crate) async fn pause(&self) -> Result<(), Unavailable> {
        self.container.pause().await.map_err(|error| failed(self.server, error))
    }

    /// Lets them go on.
    pub(crate) async fn unpause(&self) -> Result<(), Unavailable> {
        self.container.unpause().await.map_err(|error| failed(self.server, error))
    }

    /// Removes it.
    pub(crate) async fn remove(self) -> Result<(), Unavailable> {
        let server = self.server;
        self.container.rm().await.map_err(|error| failed(server, error))
    }
}

const fn port(server: Server) -> u16 {
    match server {
        Server::Postgres => 5432,
        Server::Redis => 6379,
        Server::Nats => 4222,
    }
}

fn failed(server: Server, error: TestcontainersError) -> Unavailable {
    Unavailable::server(server, error)
}

/// The parts of `registry:5000/name:tag`; the tag is `latest` where there is none.
fn name_and_tag(image: &str) -> (&str, &str) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_registries_are_no_tags() {
        assert_eq!(name_and_tag("postgres:18"), ("postgres", "18"));
        assert_eq!(name_and_tag("here:5000/redis"), ("here:5000/redis", "latest"));
        assert_eq!(name_and_tag("here:5000/redis:8"), ("here:5000/redis", "8"));
    }
}
