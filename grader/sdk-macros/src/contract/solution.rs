//! The trait that a learner implements.

use super::Contract;
use crate::method::Method;
use proc_macro2::TokenStream;
use quote::quote;

/// Writes the trait.
pub(super) fn write(contract: &Contract) -> TokenStream {
    let Contract { item, options, methods } = contract;
    let (attributes, visibility, name) = (&item.attrs, &item.vis, &item.ident);
    let (env, config) = (&options.env, &options.config);
    let methods = methods.iter().filter(|method| method.drive.is_none()).map(write_method);
    quote! {
        #(#attributes)*
        #visibility trait #name: ::core::marker::Sized + ::core::marker::Send + ::core::marker::Sync + 'static {
            /// Brings a node up: `env` is what it may use, `config` what it was deployed with.
            ///
            /// Runs at every start, also after a crash, so this is where recovery belongs. Calls come only once it has
            /// returned `Ok`. After an error the grader starts the node again a little later.
            fn open(env: #env, config: #config) -> impl ::core::future::Future<
                Output = ::core::result::Result<Self, ::kata::OpenError>,
            > + ::core::marker::Send;

            #(#methods)*

            /// What a node does besides answering calls. Starts when `open` has returned and runs beside the calls
            /// until it returns or the node crashes. By default nothing.
            fn background(
                self: ::std::sync::Arc<Self>,
            ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send {
                async {}
            }
        }
    }
}

fn write_method(method: &Method) -> TokenStream {
    let attributes = &method.attributes;
    let mut signature = method.signature.clone();
    if signature.asyncness.take().is_some() {
        let result = &method.result;
        signature.output = syn::parse_quote! {
            -> impl ::core::future::Future<Output = #result> + ::core::marker::Send
        };
    }
    quote!(#(#attributes)* #signature;)
}
