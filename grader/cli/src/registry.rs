//! The katas that a `kata` program knows. Others may build a program of their own with private ones.

use crate::{Integration, KnownFaults, Problem, RecordedFigures};
use include_dir::Dir;
use kata_check::Level;
use kata_sim::{Requirement, Suite};
use std::collections::BTreeMap;

/// One kata: its suite, and the files that a learner gets.
pub struct Kata {
    /// Its requirements.
    pub suite: Suite,
    /// The folder of its contract: `BRIEF.md`, `hints.toml`, `Cargo.toml`, `src/`, `template/`.
    pub files: Dir<'static>,
}

impl Kata {
    /// A kata from its suite and the embedded folder of its contract.
    pub fn new(suite: Suite, files: Dir<'static>) -> Kata {
        Kata { suite, files }
    }

    /// Its id.
    pub fn id(&self) -> &'static str {
        self.suite.kata
    }

    /// Its brief, in Markdown.
    pub fn brief(&self) -> &'static str {
        self.text("BRIEF.md").unwrap_or_default()
    }

    /// What it is about: the first sentence of its brief.
    pub fn essence(&self) -> String {
        let is_prose = |block: &&str| !block.is_empty() && !block.starts_with('#');
        let paragraph =
            self.brief().split("\n\n").map(str::trim).find(is_prose).unwrap_or_default().replace('\n', " ");
        match paragraph.split_once(". ") {
            Some((sentence, _)) => format!("{sentence}."),
            None => paragraph,
        }
    }

    /// The hints of its requirements, the vaguest first.
    pub fn hints(&self) -> Result<BTreeMap<String, Vec<String>>, Problem> {
        let text = self.text("hints.toml").unwrap_or_default();
        toml_edit::de::from_str(text)
            .map_err(|error| Problem::ours(format!("the hints of {} are broken: {error}", self.id())))
    }

    /// The requirements that need no services: what a full grade is made of.
    pub fn simulated(&self) -> impl Iterator<Item = &Requirement> {
        self.suite.requirements.iter().filter(|requirement| requirement.level != Level::Integration)
    }

    /// The requirement of this id.
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.suite.requirements.iter().find(|requirement| requirement.id == id)
    }

    fn text(&self, path: &str) -> Option<&'static str> {
        self.files.get_file(path)?.contents_utf8()
    }
}

/// All katas of a program, by their ids' order of introduction.
pub struct Registry {
    katas: Vec<Kata>,
    faults: &'static [KnownFaults],
    references: &'static [RecordedFigures],
    integration: Option<Box<dyn Integration>>,
}

impl Registry {
    /// A registry of these katas, listed in this order.
    pub fn new(katas: Vec<Kata>) -> Registry {
        Registry { katas, faults: &[], references: &[], integration: None }
    }

    /// The same, with what is known of wrong solutions of its katas.
    pub fn with_known_faults(self, faults: &'static [KnownFaults]) -> Registry {
        Registry { faults, ..self }
    }

    /// The same, able to judge level `integration`.
    pub fn with_integration(self, integration: Box<dyn Integration>) -> Registry {
        Registry { integration: Some(integration), ..self }
    }

    /// What judges level `integration`, if this program can.
    pub(crate) fn integration(&self) -> Option<&dyn Integration> {
        self.integration.as_deref()
    }

    /// What is known of wrong solutions of the kata of this id.
    pub fn known_faults(&self, kata: &str) -> Option<&'static KnownFaults> {
        self.faults.iter().find(|faults| faults.kata == kata)
    }

    /// The same, with what the references of its katas measured.
    pub fn with_references(self, references: &'static [RecordedFigures]) -> Registry {
        Registry { references, ..self }
    }

    /// What the reference of the kata of this id measured.
    pub fn recorded_figures(&self, kata: &str) -> Option<&'static RecordedFigures> {
        self.references.iter().find(|reference| reference.kata == kata)
    }

    /// All katas, in order.
    pub fn katas(&self) -> &[Kata] {
        &self.katas
    }

    /// The kata of this id, if there is one.
    pub fn find(&self, id: &str) -> Option<&Kata> {
        self.katas.iter().find(|kata| kata.id() == id)
    }

    /// The kata of this id, or a sentence that guesses what was meant.
    pub fn kata(&self, id: &str) -> Result<&Kata, Problem> {
        let known = self.katas.iter().map(Kata::id);
        self.find(id).ok_or_else(|| Problem::unknown("kata", id, known, "kata list"))
    }
}
