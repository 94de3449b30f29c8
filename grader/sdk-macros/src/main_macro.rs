//! `kata::main!`: a solution's program.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Path, Token, Type};

const HINT: &str = "say which type implements which contract: `kata::main!(url_shortener::UrlShortener => my_crate::Shortener);`";

/// `contract => implementation`.
struct Role {
    contract: Path,
    solution: Type,
}

impl Parse for Role {
    fn parse(input: ParseStream<'_>) -> syn::Result<Role> {
        let contract: Path = input.parse()?;
        if !input.peek(Token![=>]) {
            return Err(syn::Error::new_spanned(contract, HINT));
        }
        input.parse::<Token![=>]>()?;
        Ok(Role { contract, solution: input.parse()? })
    }
}

pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    read(tokens).map_or_else(
        // A `main` stands beside the error, so that its absence is not a second one.
        |error| {
            let error = error.into_compile_error();
            quote!(#error fn main() {})
        },
        |roles| write(&roles),
    )
}

fn read(tokens: TokenStream) -> syn::Result<Vec<Role>> {
    let roles = Punctuated::<Role, Token![,]>::parse_terminated.parse2(tokens)?;
    if roles.is_empty() {
        return Err(syn::Error::new(proc_macro2::Span::call_site(), HINT));
    }
    Ok(roles.into_iter().collect())
}

fn write(roles: &[Role]) -> TokenStream {
    let roles = roles.iter().map(|role| {
        let mut dispatcher = role.contract.clone();
        if let Some(last) = dispatcher.segments.last_mut() {
            last.ident = format_ident!("{}Contract", last.ident);
        }
        let solution = &role.solution;
        quote!(::kata::runtime::role::<#dispatcher<#solution>>())
    });
    quote! {
        fn main() -> ::std::process::ExitCode {
            ::kata::runtime::main(&[#(#roles),*])
        }
    }
}
