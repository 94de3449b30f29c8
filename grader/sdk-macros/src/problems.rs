//! Several refusals at once, so that an author mends them all in one go.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Refusals collected while an item is read.
#[derive(Default)]
pub(crate) struct Problems(Option<syn::Error>);

impl Problems {
    /// Refuses something, at `place`.
    pub(crate) fn refuse(&mut self, place: impl ToTokens, why: impl std::fmt::Display) {
        self.add(syn::Error::new_spanned(place, why));
    }

    /// Keeps an error.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    /// Keeps the error of `result`, gives its value.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// All refusals as one error, if there are any.
    pub(crate) fn check(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// The code, or the errors as code.
pub(crate) fn or_errors(result: syn::Result<TokenStream>) -> proc_macro::TokenStream {
    result.unwrap_or_else(syn::Error::into_compile_error).into()
}
