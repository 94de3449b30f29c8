//! What a user may choose: images, when to pull them, and servers that already run.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A server that the level needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Server {
    /// Behind the table.
    Postgres,
    /// Behind the cache.
    Redis,
    /// Behind log and queue.
    Nats,
}

impl Server {
    /// All of them.
    pub const ALL: [Server; 3] = [Server::Postgres, Server::Redis, Server::Nats];

    /// Its name, as in settings and in what people read.
    pub const fn name(self) -> &'static str {
        match self {
            Server::Postgres => "postgres",
            Server::Redis => "redis",
            Server::Nats => "nats",
        }
    }

    /// The official image of its current version.
    const fn image(self) -> &'static str {
        match self {
            Server::Postgres => "postgres:18",
            Server::Redis => "redis:8",
            Server::Nats => "nats:2",
        }
    }

    /// The variable of the environment that names another image.
    const fn image_variable(self) -> &'static str {
        match self {
            Server::Postgres => "KATA_IMAGE_POSTGRES",
            Server::Redis => "KATA_IMAGE_REDIS",
            Server::Nats => "KATA_IMAGE_NATS",
        }
    }

    /// Whether an address with that scheme is one of this server's.
    fn has_scheme(self, scheme: &str) -> bool {
        match self {
            Server::Postgres => scheme == "postgres" || scheme == "postgresql",
            Server::Redis => scheme == "redis",
            Server::Nats => scheme == "nats",
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// When an image is pulled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pull {
    /// When it is not there.
    #[default]
    Missing,
    /// Never: it must be there.
    Never,
    /// Before every grading.
    Always,
}

/// What a user may choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Images other than the official ones.
    pub images: BTreeMap<Server, String>,
    /// When images are pulled.
    pub pull: Pull,
    /// Addresses of servers that already run; the others are started in containers.
    pub services: BTreeMap<Server, String>,
}

/// A setting that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// An address of no server that the level needs.
    #[error("{0} is no address of a service: it begins with postgres://, redis:// or nats://")]
    Address(String),
    /// A word that is no policy.
    #[error("`{0}` is no time to pull images: it is missing, never or always")]
    Pull(String),
    /// No such server.
    #[error("there is no server `{0}`: there are postgres, redis and nats")]
    Server(String),
}

impl Settings {
    /// The image that a server is started from.
    pub fn image(&self, server: Server) -> &str {
        self.images.get(&server).map_or(server.image(), String::as_str)
    }

    /// The same, with what the environment says (`variable` looks a name up).
    pub fn with_environment(
        mut self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Settings, SettingsError> {
        for server in Server::ALL {
            if let Some(image) = variable(server.image_variable()) {
                self.images.insert(server, image);
            }
        }
        if let Some(pull) = variable("KATA_PULL") {
            self.pull = pull.parse()?;
        }
        if let Some(addresses) = variable("KATA_SERVICES") {
            for address in addresses.split(',').filter(|address| !address.is_empty()) {
                self = self.with_service(address)?;
            }
        }
        Ok(self)
    }

    /// The same, with the server at that address instead of a container.
    pub fn with_service(mut self, address: &str) -> Result<Settings, SettingsError> {
        let address = address.trim();
        let scheme = address.split_once("://").map(|(scheme, _)| scheme).unwrap_or_default();
        let server = Server::ALL.into_iter().find(|server| server.has_scheme(scheme));
        let server = server.ok_or_else(|| SettingsError::Address(address.to_owned()))?;
        self.services.insert(server, address.to_owned());
        Ok(self)
    }

    /// True if a container is needed at all.
    pub fn needs_engine(&self) -> bool {
        Server::ALL.iter().any(|server| !self.services.contains_key(server))
    }
}

impl FromStr for Pull {
    type Err = SettingsError;

    fn from_str(word: &str) -> Result<Pull, SettingsError> {
        match word {
            "missing" => Ok(Pull::Missing),
            "never" => Ok(Pull::Never),
            "always" => Ok(Pull::Always),
            _ => Err(SettingsError::Pull(word.to_owned())),
        }
    }
}

impl FromStr for Server {
    type Err = SettingsError;

    fn from_str(name: &str) -> Result<Server, SettingsError> {
        let found = Server::ALL.into_iter().find(|server| server.name() == name);
        found.ok_or_else(|| SettingsError::Server(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        let value = match name {
            "KATA_IMAGE_REDIS" => "valkey/valkey:8",
            "KATA_PULL" => "never",
            "KATA_SERVICES" => "nats://n:4222,postgresql://p/db",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn the_environment_decides() {
        let settings = Settings::default().with_environment(environment).unwrap();
        assert_eq!(settings.image(Server::Redis), "valkey/valkey:8");
        assert_eq!(settings.image(Server::Nats), "nats:2");
        assert_eq!(settings.pull, Pull::Never);
        assert!(settings.needs_engine());
        let settings = settings.with_service("redis://r").unwrap();
        assert!(!settings.needs_engine());
    }

    #[test]
    fn nonsense_is_named() {
        let refused = |address: &str| Settings::default().with_service(address).unwrap_err().to_string();
        assert_eq!(
            refused("mysql://m"),
            "mysql://m is no address of a service: it begins with postgres://, redis:// or nats://"
        );
        assert!("sometimes".parse::<Pull>().is_err());
    }
}
