//! `Env`: the ports that a contract names, and no others.

use super::Contract;
use super::options::Port;
use crate::words::snake_case;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Path;

/// Writes `Env`.
pub(super) fn write(contract: &Contract) -> TokenStream {
    let Contract { item, options, .. } = contract;
    let (visibility, trait_name, env) = (&item.vis, &item.ident, &options.env);
    let docs = format!("What a node of [`{trait_name}`] may use. Clones are the same node's.");
    let ports = options.ports.iter().map(|port| write_port(*port));
    let gateways = options.gateways.iter().map(write_gateway);
    quote! {
        #[doc = #docs]
        #[derive(::core::clone::Clone)]
        #visibility struct #env {
            #[allow(dead_code)]
            context: ::kata::private::Context,
        }

        impl #env {
            #(#ports)*
            #(#gateways)*
        }
    }
}

fn write_port(port: Port) -> TokenStream {
    match port {
        Port::Table => quote! {
            /// The database table called `name`, whose rows are `T`s. All nodes share it, and it outlives them.
            pub fn table<T>(&self, name: &str) -> ::kata::Table<T> {
                ::kata::Table::new(self.context.clone(), name)
            }

            /// A database transaction, empty yet: it takes place all at once or not at all.
            pub fn transaction(&self) -> ::kata::Transaction {
                ::kata::Transaction::new(self.context.clone())
            }
        },
        Port::Cache => quote! {
            /// The cache. All nodes share it; anything in it may vanish.
            pub fn cache(&self) -> ::kata::Cache {
                ::kata::Cache::new(self.context.clone())
            }
        },
        Port::Log => quote! {
            /// The log's topic called `name`, whose records are `T`s. All nodes share it, and it outlives them.
            pub fn topic<T>(&self, name: &str) -> ::kata::Topic<T> {
                ::kata::Topic::new(self.context.clone(), name)
            }
        },
        Port::Queue => quote! {
            /// The work queue called `name`, whose messages are `T`s. All nodes share it, and it outlives them.
            pub fn queue<T>(&self, name: &str) -> ::kata::Queue<T> {
                ::kata::Queue::new(self.context.clone(), name)
            }
        },
        Port::PubSub => quote! {
            /// Channels on which nodes tell each other what has just happened: to whoever listens, else lost.
            pub fn pubsub(&self) -> ::kata::PubSub {
                ::kata::PubSub::new(self.context.clone())
            }
        },
        Port::Disk => quote! {
            /// This node's own disk. It outlives a crash, except for what was not synced.
            pub fn disk(&self) -> ::kata::Disk {
                ::kata::Disk::new(self.context.clone())
            }
        },
        Port::Clock => quote! {
            /// This node's clock, the only way to tell time and to wait.
            pub fn clock(&self) -> ::kata::Clock {
                ::kata::Clock::new(self.context.clone())
            }
        },
        Port::Random => quote! {
            /// This node's random numbers.
            pub fn random(&self) -> ::kata::Random {
                ::kata::Random::new(self.context.clone())
            }
        },
    }
}

fn write_gateway(gateway: &Path) -> TokenStream {
    let Some(segment) = gateway.segments.last() else { return TokenStream::new() };
    let name = format_ident!("{}", snake_case(&segment.ident.to_string()), span = segment.ident.span());
    let docs = format!("The outside service [`{}`].", segment.ident);
    quote! {
        #[doc = #docs]
        pub fn #name(&self) -> #gateway {
            #gateway::new(self.context.clone())
        }
    }
}
