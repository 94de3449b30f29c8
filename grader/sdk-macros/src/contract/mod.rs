//! `#[kata::contract]`: from a trait to the trait, its `Env`, its client and its dispatcher.

mod client;
mod dispatch;
mod drives;
mod env;
mod options;
mod solution;

use crate::method::{self, Method, Side};
use crate::problems::Problems;
use options::Options;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, ItemTrait};

/// A contract as written.
struct Contract {
    item: ItemTrait,
    options: Options,
    methods: Vec<Method>,
}

impl Contract {
    fn client(&self) -> Ident {
        format_ident!("{}Client", self.item.ident)
    }

    fn drives(&self) -> Ident {
        format_ident!("{}Drives", self.item.ident)
    }

    fn dispatcher(&self) -> Ident {
        format_ident!("{}Contract", self.item.ident)
    }
}

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let item: ItemTrait = syn::parse2(item)?;
    let mut problems = Problems::default();
    let methods = method::read_methods(&item, Side::Contract, &mut problems);
    if methods.is_empty() && item.items.is_empty() {
        problems.refuse(&item.ident, "a contract has at least one method");
    }
    let options = problems.take(options::read(options));
    problems.check()?;
    // Without options there was a problem, and then we are not here.
    let Some(options) = options else { return Ok(TokenStream::new()) };
    let contract = Contract { item, options, methods };
    let (solution, env) = (solution::write(&contract), env::write(&contract));
    let (client, dispatch) = (client::write(&contract), dispatch::write(&contract));
    let drives = drives::write(&contract);
    Ok(quote!(#solution #drives #env #client #dispatch))
}
