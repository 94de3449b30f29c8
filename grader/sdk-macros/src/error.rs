//! `#[kata::error]`: data, a message for people, and `?` on every port.

use crate::data;
use crate::problems::Problems;
use crate::words::{doc_lines, message, snake_case};
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Data, DeriveInput, Fields, Ident, Token, Type, Variant};

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let item: DeriveInput = syn::parse2(item)?;
    let mut problems = Problems::default();
    let (is_definite, derives) = take_definite(options);
    let derived = data::derived(derives, &item, &mut problems);
    let variants = read_variants(&item, is_definite, &mut problems);
    problems.check()?;

    let name = &item.ident;
    let arms = variants.iter().map(display_arm);
    let failure = if is_definite { write_no_failure(name) } else { write_failure(name, variants.len() > 1) };
    Ok(quote! {
        #derived

        impl ::core::fmt::Display for #name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match self {
                    #(#arms)*
                }
            }
        }

        impl ::core::error::Error for #name {}

        #failure
    })
}

/// Whether `definite` is among the options, and the others: derives.
fn take_definite(options: TokenStream) -> (bool, TokenStream) {
    let parser = Punctuated::<TokenTree, Token![,]>::parse_terminated;
    let Ok(words) = parser.parse2(options.clone()) else { return (false, options) };
    let is_definite = |word: &TokenTree| word.to_string() == "definite";
    let derives = words.iter().filter(|word| !is_definite(word));
    (words.iter().any(is_definite), quote!(#(#derives),*))
}

/// An error of methods that need no infrastructure.
fn write_no_failure(name: &Ident) -> TokenStream {
    quote! {
        impl ::kata::private::ContractError for #name {
            fn failure(&self) -> ::core::option::Option<::kata::Failure> {
                ::core::option::Option::None
            }
        }
    }
}

fn write_failure(name: &Ident, has_others: bool) -> TokenStream {
    // An enum whose only variant is `Failed` needs no other arm.
    let no_failure = has_others.then(|| quote!(_ => ::core::option::Option::None,));
    quote! {
        impl ::kata::private::ContractError for #name {
            fn failure(&self) -> ::core::option::Option<::kata::Failure> {
                match self {
                    Self::Failed(failure) => ::core::option::Option::Some(*failure),
                    #no_failure
                }
            }
        }

        /// What `?` makes of a port's error: an earlier step of the method may have had its effect.
        impl<E: ::kata::PortError> ::core::convert::From<E> for #name {
            fn from(_: E) -> Self {
                Self::Failed(::kata::Failure::Unknown)
            }
        }
    }
}

fn read_variants(item: &DeriveInput, is_definite: bool, problems: &mut Problems) -> Vec<Variant> {
    let Data::Enum(data) = &item.data else {
        problems.refuse(&item.ident, "a contract's error is an enum: a variant for each way to fail");
        return Vec::new();
    };
    match data.variants.iter().find(|variant| variant.ident == "Failed") {
        None if is_definite => {}
        Some(variant) if is_definite => {
            problems.refuse(variant, "an error that is `definite` is not about infrastructure: leave one of them out");
        }
        None => problems.refuse(
            &item.ident,
            "infrastructure can fail every method, so its error needs a variant for that; add `Failed(Failure)`, \
             with `use kata::Failure;`",
        ),
        Some(variant) if !holds_failure(variant) => {
            problems.refuse(variant, "this variant is `Failed(Failure)`, with `kata::Failure` and nothing else in it");
        }
        Some(_) => {}
    }
    data.variants.iter().cloned().collect()
}

fn holds_failure(variant: &Variant) -> bool {
    let Fields::Unnamed(fields) = &variant.fields else { return false };
    let mut fields = fields.unnamed.iter();
    let (Some(field), None) = (fields.next(), fields.next()) else { return false };
    matches!(&field.ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Failure"))
}

fn display_arm(variant: &Variant) -> TokenStream {
    let name = &variant.ident;
    if name == "Failed" {
        return quote!(Self::Failed(failure) => ::core::fmt::Display::fmt(failure, f),);
    }
    let words = || snake_case(&name.to_string()).replace('_', " ");
    let message = message(&doc_lines(&variant.attrs)).unwrap_or_else(words);
    quote!(Self::#name { .. } => f.write_str(#message),)
}
