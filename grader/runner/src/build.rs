//! Builds a submission as the grader needs it, wherever it lives.
//!
//! Most submissions are compiled fairly quickly to run fairly quickly, with overflow checks; those of native katas as a release.
//! All have the switch that lets a run of tokio be repeated. All of that is passed on the command line, so that no manifest has
//! to say it.

use crate::submission::Submission;
use cargo_metadata::{Message, diagnostic::DiagnosticLevel};
use std::ffi::OsString;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How a submission is compiled: in terms of cargo's own profiles, the same as in this workspace's manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// Fairly quickly, to run fairly quickly. Attributes and their like run once, so they are not optimised; every step
    /// passes through the sdk, so it is optimised well.
    #[default]
    Kata,
    /// As a release: for katas that are about speed in real time, with a yardstick compiled alike.
    Native,
}

impl Profile {
    /// For a kata that is native, or is not.
    pub fn of(is_native: bool) -> Profile {
        if is_native { Profile::Native } else { Profile::Kata }
    }

    /// Its name in manifests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Profile::Kata => "kata",
            Profile::Native => "native",
        }
    }

    fn settings(self) -> &'static [&'static str] {
        match self {
            Profile::Kata => &[
                r#"profile.kata.inherits="dev""#,
                "profile.kata.opt-level=1",
                "profile.kata.overflow-checks=true",
                r#"profile.kata.debug="line-tables-only""#,
                r#"profile.kata.package."*".debug=false"#,
                "profile.kata.package.kata-sdk.opt-level=2",
                "profile.kata.build-override.opt-level=0",
            ],
            Profile::Native => &[
                r#"profile.native.inherits="release""#,
                "profile.native.opt-level=3",
                "profile.native.codegen-units=16",
                r#"profile.native.debug="line-tables-only""#,
                r#"profile.native.package."*".debug=false"#,
            ],
        }
    }
}

/// Lets the runtime seed tokio's choices. Replaces the user's flags: a verdict must not depend on them.
const RUSTFLAGS: &str = "--cfg\x1ftokio_unstable";

/// What cargo prints, in several words, when it wants the network and cannot have it.
const NETWORK_IS_MISSING: [&str; 4] =
    ["--offline", "failed to download", "Could not resolve host", "spurious network error"];

/// How to build.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuildOptions {
    /// Diagnostics in colour.
    pub colour: bool,
    /// Without the network.
    pub offline: bool,
    /// How well.
    pub profile: Profile,
}

/// What happens while building.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildEvent<'a> {
    /// A crate was compiled; those that were up to date are not mentioned.
    Compiled {
        /// The package's name.
        package: &'a str,
    },
    /// The compiler has something to say of the submission.
    Diagnostic {
        /// All of it, as rustc shows it, with a line break at the end.
        rendered: &'a str,
    },
}

/// A submission that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The program.
    pub executable: PathBuf,
    /// How long it took.
    pub took: Duration,
    /// Whether nothing had to be compiled.
    pub fresh: bool,
    /// How many warnings the submission has.
    pub warnings: usize,
}

/// Why there is no program.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The submission does not compile. Its diagnostics have been handed out.
    #[error("{package} does not compile: {}", counted(*errors))]
    DoesNotCompile {
        /// The package's name.
        package: String,
        /// How many errors the compiler found.
        errors: usize,
    },
    /// Cargo is not installed.
    #[error("cargo is not installed, or not on the PATH (https://rustup.rs installs it)")]
    NoCargo,
    /// Crates have to be downloaded, and that is not possible.
    #[error("{package} needs crates that are not on this machine, and they cannot be downloaded:\n{said}")]
    NoNetwork {
        /// The package's name.
        package: String,
        /// What cargo said.
        said: String,
    },
    /// Cargo failed in another way, for example at a manifest or a build script.
    #[error("cargo could not build {package}:\n{said}")]
    Cargo {
        /// The package's name.
        package: String,
        /// What cargo said.
        said: String,
    },
    /// Cargo could not be run.
    #[error("cargo could not be run: {0}")]
    Io(#[from] io::Error),
}

fn counted(errors: usize) -> String {
    if errors == 1 { "1 error".to_owned() } else { format!("{errors} errors") }
}

/// Builds a submission's program.
pub fn build(
    submission: &Submission,
    options: BuildOptions,
    observe: &mut dyn FnMut(BuildEvent<'_>),
) -> Result<Built, BuildError> {
    let what = Target {
        manifest: &submission.folder.join("Cargo.toml"),
        package: &submission.package,
        binary: &submission.binary,
        target: &submission.target,
    };
    what.build(options, observe)
}

/// One program of one package.
pub(crate) struct Target<'a> {
    pub(crate) manifest: &'a Path,
    pub(crate) package: &'a str,
    pub(crate) binary: &'a str,
    /// Where to put what is built.
    pub(crate) target: &'a Path,
}

impl Target<'_> {
    pub(crate) fn build(
        &self,
        options: BuildOptions,
        observe: &mut dyn FnMut(BuildEvent<'_>),
    ) -> Result<Built, BuildError> {
        let began = Instant::now();
        let mut cargo = self.command(options).spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => BuildError::NoCargo,
            _ => BuildError::Io(error),
        })?;
        let stderr = cargo.stderr.take().map(|mut stderr| {
            std::thread::spawn(move || {
                let mut said = Vec::new();
                // What cannot be read is missing from a message, no more.
                let _ = stderr.read_to_end(&mut said);
                String::from_utf8_lossy(&said).trim().to_owned()
            })
        });
        let mut progress = Progress { target: self, errors: 0, warnings: 0, compiled: 0, executable: None };
        if let Some(stdout) = cargo.stdout.take() {
            for message in Message::parse_stream(BufReader::new(stdout)) {
                progress.take(message?, observe);
            }
        }
        let status = cargo.wait()?;
        let said = stderr.and_then(|thread| thread.join().ok()).unwrap_or_default();
        let Progress { errors, warnings, compiled, executable, .. } = progress;
        match executable {
            Some(executable) if status.success() => {
                Ok(Built { executable, took: began.elapsed(), fresh: compiled == 0, warnings })
            }
            _ => Err(self.failed(errors, said)),
        }
    }

    fn command(&self, options: BuildOptions) -> Command {
        let format = if options.colour { "json-diagnostic-rendered-ansi" } else { "json" };
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = Command::new(cargo);
        command.args(["build", "--quiet", "--message-format", format]);
        command.args(["--profile", options.profile.name()]);
        command.args(["--package", self.package, "--bin", self.binary]);
        command.arg("--manifest-path").arg(self.manifest);
        for setting in options.profile.settings() {
            command.args(["--config", setting]);
        }
        command.arg("--target-dir").arg(self.target);
        if options.offline {
            command.arg("--offline");
        }
        // Cargo looks for its configuration from here upwards.
        if let Some(folder) = self.manifest.parent() {
            command.current_dir(folder);
        }
        command.env("CARGO_ENCODED_RUSTFLAGS", RUSTFLAGS);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn failed(&self, errors: usize, said: String) -> BuildError {
        let package = self.package.to_owned();
        if errors > 0 {
            BuildError::DoesNotCompile { package, errors }
        } else if NETWORK_IS_MISSING.iter().any(|words| said.contains(words)) {
            BuildError::NoNetwork { package, said }
        } else {
            BuildError::Cargo { package, said }
        }
    }
}

/// What has come out of cargo so far.
struct Progress<'a> {
    target: &'a Target<'a>,
    errors: usize,
    warnings: usize,
    compiled: usize,
    executable: Option<PathBuf>,
}

impl Progress<'_> {
    fn take(&mut self, message: Message, observe: &mut dyn FnMut(BuildEvent<'_>)) {
        match message {
            Message::CompilerArtifact(artifact) => {
                if !artifact.fresh {
                    self.compiled += 1;
                    observe(BuildEvent::Compiled { package: &artifact.target.name });
                }
                if artifact.target.is_bin() && artifact.target.name == self.target.binary {
                    self.executable = artifact.executable.map(PathBuf::from);
                }
            }
            Message::CompilerMessage(said) => {
                let is_error = matches!(said.message.level, DiagnosticLevel::Error | DiagnosticLevel::Ice);
                // Warnings of other crates are not the learner's business. A diagnostic without a place only counts the
                // others.
                let folder = self.target.manifest.parent();
                let ours = folder.is_some_and(|folder| said.target.src_path.starts_with(folder));
                if said.message.spans.is_empty() || !(is_error || ours) {
                    return;
                }
                if is_error {
                    self.errors += 1;
                } else if said.message.level == DiagnosticLevel::Warning {
                    self.warnings += 1;
                }
                if let Some(rendered) = &said.message.rendered {
                    observe(BuildEvent::Diagnostic { rendered });
                }
            }
            _ => {}
        }
    }
}
