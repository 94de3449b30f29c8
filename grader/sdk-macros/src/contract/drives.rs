//! Drives: what the grader does with any solution inside its process, in one call.

use super::Contract;
use crate::method::Method;
use proc_macro2::TokenStream;
use quote::quote;

/// Writes the drives as a trait that every solution has and none can replace; nothing if there are none.
pub(super) fn write(contract: &Contract) -> TokenStream {
    let drives: Vec<TokenStream> = contract.methods.iter().filter_map(write_drive).collect();
    if drives.is_empty() {
        return TokenStream::new();
    }
    let (visibility, solution, name) = (&contract.item.vis, &contract.item.ident, contract.drives());
    let docs = format!(
        "What the grader does with any [`{solution}`] in one call. Every implementation has it, and none can replace it."
    );
    quote! {
        #[doc = #docs]
        #visibility trait #name: #solution {
            #(#drives)*
        }

        impl<S: #solution> #name for S {}
    }
}

fn write_drive(method: &Method) -> Option<TokenStream> {
    let (attributes, signature, body) = (&method.attributes, &method.signature, method.drive.as_ref()?);
    Some(quote!(#(#attributes)* #signature #body))
}
