//! What stands in the brackets of `#[kata::contract(..)]`.

use crate::problems::Problems;
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident};
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::{Ident, Path, Type};

/// The ports there are.
const PORTS: [Port; 8] =
    [Port::Table, Port::Cache, Port::Log, Port::Queue, Port::PubSub, Port::Disk, Port::Clock, Port::Random];

/// What a contract is made with.
pub(super) struct Options {
    /// The type of the configuration.
    pub(super) config: Type,
    /// The ports its `Env` has.
    pub(super) ports: Vec<Port>,
    /// The gateways its `Env` has.
    pub(super) gateways: Vec<Path>,
    /// What its `Env` is called.
    pub(super) env: Ident,
}

/// A port, as a contract names it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Port {
    Table,
    Cache,
    Log,
    Queue,
    PubSub,
    Disk,
    Clock,
    Random,
}

impl Port {
    fn name(self) -> &'static str {
        match self {
            Port::Table => "table",
            Port::Cache => "cache",
            Port::Log => "log",
            Port::Queue => "queue",
            Port::PubSub => "pubsub",
            Port::Disk => "disk",
            Port::Clock => "clock",
            Port::Random => "random",
        }
    }
}

/// Reads the options.
pub(super) fn read(tokens: TokenStream) -> syn::Result<Options> {
    let mut problems = Problems::default();
    let (mut config, mut env) = (None, None);
    let (mut ports, mut gateways) = (Vec::new(), Vec::new());
    let parser = syn::meta::parser(|meta| {
        if meta.path.is_ident("config") {
            set(&mut config, &meta, meta.value()?.parse::<Type>()?)
        } else if meta.path.is_ident("env") {
            set(&mut env, &meta, meta.value()?.parse::<Ident>()?)
        } else if meta.path.is_ident("ports") {
            meta.parse_nested_meta(|port| {
                problems.take(read_port(&port, &mut ports));
                Ok(())
            })
        } else if meta.path.is_ident("gateways") {
            meta.parse_nested_meta(|gateway| {
                if gateways.iter().any(|earlier| same(earlier, &gateway.path)) {
                    problems.add(gateway.error("this gateway is here already"));
                }
                gateways.push(gateway.path);
                Ok(())
            })
        } else {
            Err(meta.error(
                "not an option of a contract: `config = Type`, `ports(..)`, `gateways(..)`, `env = Name`",
            ))
        }
    });
    let parsed = parser.parse2(tokens);
    problems.take(parsed);
    if config.is_none() {
        let why = "a contract needs `config = Type`: what the grader configures a node with, made by `#[kata::data]`";
        problems.add(syn::Error::new(proc_macro2::Span::call_site(), why));
    }
    problems.check()?;
    let config = config.unwrap_or_else(|| syn::parse_quote!(()));
    Ok(Options { config, ports, gateways, env: env.unwrap_or_else(|| format_ident!("Env")) })
}

fn same(one: &Path, other: &Path) -> bool {
    one.to_token_stream().to_string() == other.to_token_stream().to_string()
}

fn set<T>(slot: &mut Option<T>, meta: &ParseNestedMeta<'_>, value: T) -> syn::Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(meta.error("this is here already")),
    }
}

fn read_port(meta: &ParseNestedMeta<'_>, ports: &mut Vec<Port>) -> syn::Result<()> {
    let Some(port) = PORTS.into_iter().find(|port| meta.path.is_ident(port.name())) else {
        let names = PORTS.map(|port| format!("`{}`", port.name())).join(", ");
        return Err(meta.error(format_args!("there is no such port; there are {names}")));
    };
    if ports.contains(&port) {
        return Err(meta.error("this port is here already"));
    }
    ports.push(port);
    Ok(())
}
