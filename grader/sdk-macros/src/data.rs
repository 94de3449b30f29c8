//! `#[kata::data]`: derives and the wire shape.

use crate::problems::Problems;
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Fields, Ident, Path, Token, Type};

/// Derives that may be asked for, each with what it rests on.
const OPTIONS: &[(&str, &[&str])] = &[
    ("Copy", &["Copy"]),
    ("Default", &["Default"]),
    ("Eq", &["Eq"]),
    ("Hash", &["Hash"]),
    ("Ord", &["Eq", "PartialOrd", "Ord"]),
    ("PartialOrd", &["PartialOrd"]),
];

/// Options of serde with which postcard cannot decode what it encoded.
const NOT_FOR_POSTCARD: &[&str] = &["content", "flatten", "skip_serializing_if", "tag", "untagged"];

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let item: DeriveInput = syn::parse2(item)?;
    let mut problems = Problems::default();
    let derived = derived(options, &item, &mut problems);
    problems.check()?;
    Ok(derived)
}

/// The item with its derives, and its shape.
pub(crate) fn derived(options: TokenStream, item: &DeriveInput, problems: &mut Problems) -> TokenStream {
    if !item.generics.params.is_empty() {
        problems.refuse(
            &item.generics,
            "data has no generics: two builds of a contract compare its shape by name",
        );
    }
    for attribute in item.attrs.iter().chain(inner_attributes(item)) {
        if attribute.path().is_ident("serde") {
            refuse_serde(attribute, problems);
        }
    }
    let more = problems.take(more_derives(options)).unwrap_or_default();
    let more = more.iter().map(|name| Ident::new(name, proc_macro2::Span::call_site()));
    let shape = shape(item, problems);
    quote! {
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            ::core::cmp::PartialEq,
            ::kata::private::serde::Serialize,
            ::kata::private::serde::Deserialize,
            #(#more,)*
        )]
        #[serde(crate = "::kata::private::serde")]
        #item

        #shape
    }
}

fn more_derives(options: TokenStream) -> syn::Result<Vec<&'static str>> {
    let paths = Punctuated::<Path, Token![,]>::parse_terminated.parse2(options)?;
    let mut derives: Vec<&'static str> = Vec::new();
    for path in paths {
        let Some((_, names)) = OPTIONS.iter().find(|(name, _)| path.is_ident(name)) else {
            let known = OPTIONS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
            let why =
                format!("data adds {known} when asked; anything else goes into a `#[derive(..)]` of its own");
            return Err(syn::Error::new_spanned(path, why));
        };
        derives.extend(names.iter().filter(|name| !derives.contains(name)).copied().collect::<Vec<_>>());
    }
    Ok(derives)
}

fn refuse_serde(attribute: &Attribute, problems: &mut Problems) {
    let mut refused = None;
    let parsed = attribute.parse_nested_meta(|meta| {
        if NOT_FOR_POSTCARD.iter().any(|name| meta.path.is_ident(name)) {
            refused = Some(meta.path.clone());
        }
        // The value, if there is one, is serde's to judge.
        if meta.input.peek(Token![=]) {
            meta.value()?.parse::<syn::Expr>()?;
        } else if meta.input.peek(syn::token::Paren) {
            meta.input.parse::<proc_macro2::TokenTree>()?;
        }
        Ok(())
    });
    problems.take(parsed);
    if let Some(path) = refused {
        problems.refuse(path, "data travels as postcard, which cannot decode this option of serde");
    }
}

/// The attributes of all variants and fields.
fn inner_attributes(item: &DeriveInput) -> Vec<&Attribute> {
    fn of(fields: &Fields) -> impl Iterator<Item = &Attribute> {
        fields.iter().flat_map(|field| &field.attrs)
    }
    match &item.data {
        Data::Struct(data) => of(&data.fields).collect(),
        Data::Enum(data) => {
            data.variants.iter().flat_map(|variant| variant.attrs.iter().chain(of(&variant.fields))).collect()
        }
        Data::Union(_) => Vec::new(),
    }
}

/// The implementation of `Shape`.
fn shape(item: &DeriveInput, problems: &mut Problems) -> TokenStream {
    let name = &item.ident;
    let shown = name.to_string();
    let mut definition = Definition::default();
    match &item.data {
        Data::Struct(data) => {
            definition.format.push_str("struct");
            definition.fields(&data.fields);
        }
        Data::Enum(data) => {
            definition.format.push_str("enum{{");
            for variant in &data.variants {
                definition.format.push_str(&variant.ident.to_string());
                definition.fields(&variant.fields);
                definition.format.push(';');
            }
            definition.format.push_str("}}");
        }
        Data::Union(data) => problems.refuse(data.union_token, "data is a struct or an enum"),
    }
    let Definition { format, parts } = definition;
    quote! {
        impl ::kata::private::Shape for #name {
            fn name() -> ::std::string::String {
                ::std::string::String::from(#shown)
            }

            fn define(shapes: &mut ::kata::private::Shapes) {
                let definition = ::std::format!(#format, #(<#parts as ::kata::private::Shape>::name()),*);
                shapes.define(#shown, definition, |_shapes| {
                    #(_shapes.add::<#parts>();)*
                });
            }
        }
    }
}

/// A definition: a format string and the types whose names fill it.
#[derive(Default)]
struct Definition {
    format: String,
    parts: Vec<Type>,
}

impl Definition {
    fn fields(&mut self, fields: &Fields) {
        let (open, close) = match fields {
            Fields::Named(_) => ("{{", "}}"),
            Fields::Unnamed(_) => ("(", ")"),
            Fields::Unit => return,
        };
        self.format.push_str(open);
        for field in fields {
            if let Some(name) = &field.ident {
                self.format.push_str(&format!("{name}:"));
            }
            self.format.push_str("{},");
            self.parts.push(field.ty.clone());
        }
        self.format.push_str(close);
    }
}
