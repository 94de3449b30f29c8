//! What may be shortened: the rules about a request that need no look at what is stored.

use std::collections::BTreeSet;
use std::iter::successors;
use url_shortener::{
    ALIAS_CHARS_MAX, ALIAS_CHARS_MIN, Config, LIFETIME_MIN, Script, Shorten, ShortenError, UrlProblem,
    script_of,
};

/// The rules as they are configured.
pub(super) struct Rules {
    config: Config,
    reserved: BTreeSet<String>,
    blocklist: BTreeSet<String>,
}

impl Rules {
    pub(super) fn new(config: &Config) -> Rules {
        let (reserved, blocklist) =
            (config.reserved.iter().cloned().collect(), config.blocklist.iter().cloned().collect());
        Rules { config: config.clone(), reserved, blocklist }
    }

    /// Refuses a request that could never be granted.
    pub(super) fn check(&self, request: &Shorten) -> Result<(), ShortenError> {
        let host = host(&request.url, self.config.url_bytes_max).map_err(ShortenError::InvalidUrl)?;
        if self.is_blocked(&host) {
            return Err(ShortenError::Blocked);
        }
        if let Some(alias) = &request.alias {
            if alias.len() < ALIAS_CHARS_MIN || !is_code(alias) {
                return Err(ShortenError::InvalidAlias);
            }
            if self.is_reserved(alias) {
                return Err(ShortenError::ReservedAlias);
            }
        }
        match request.lifetime {
            Some(lifetime) if lifetime < LIFETIME_MIN || lifetime > self.config.lifetime_max => {
                Err(ShortenError::InvalidLifetime)
            }
            _ => Ok(()),
        }
    }

    /// True if the word can be neither a code nor an alias.
    pub(super) fn is_reserved(&self, word: &str) -> bool {
        self.reserved.contains(&word.to_ascii_lowercase())
    }

    /// Looks up the host and every domain above it: a few look-ups, however long the list is.
    fn is_blocked(&self, host: &str) -> bool {
        let mut domains = successors(Some(host), |domain| Some(domain.split_once('.')?.1));
        domains.any(|domain| self.blocklist.contains(domain))
    }
}

/// True if it can be a code or an alias. What cannot need not be looked up.
pub(super) fn is_code(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=ALIAS_CHARS_MAX).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// The host of a URL, in lower case and without a dot at its end; or the first thing that is wrong with the URL.
fn host(url: &str, bytes_max: u32) -> Result<String, UrlProblem> {
    if url.len() > bytes_max as usize {
        return Err(UrlProblem::TooLong);
    }
    if url.contains(is_forbidden) {
        return Err(UrlProblem::ForbiddenCharacter);
    }
    let (scheme, rest) = url.split_once("://").ok_or(UrlProblem::Scheme)?;
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(UrlProblem::Scheme);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(UrlProblem::Credentials);
    }
    if authority.starts_with('[') {
        return Err(UrlProblem::PrivateHost);
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    if !is_port(port) || host.chars().count() > 253 || !labels.iter().all(|label| is_label(label)) {
        return Err(UrlProblem::Host);
    }
    if labels.iter().any(|label| mixes_scripts(label)) {
        return Err(UrlProblem::MixedScripts);
    }
    if is_private(&labels) {
        return Err(UrlProblem::PrivateHost);
    }
    Ok(host.to_lowercase())
}

fn is_forbidden(character: char) -> bool {
    let hides = matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    );
    hides || character.is_control() || character.is_whitespace() || character == '\\'
}

fn is_port(port: &str) -> bool {
    let is_number = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    is_number && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_label(label: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_digit() || c == '-' || script_of(c).is_some();
    (1..=63).contains(&label.chars().count())
        && label.chars().all(is_allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
        && !label.starts_with("xn--")
}

fn mixes_scripts(label: &str) -> bool {
    let mut scripts = label.chars().filter_map(script_of);
    let first: Option<Script> = scripts.next();
    scripts.any(|script| Some(script) != first)
}

fn is_private(labels: &[&str]) -> bool {
    match labels {
        [] | [_] | [.., "localhost" | "local" | "internal"] | [.., "home", "arpa"] => true,
        [.., last] => last.starts_with(|first: char| first.is_ascii_digit()),
    }
}
