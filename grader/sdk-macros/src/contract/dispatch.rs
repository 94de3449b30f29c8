//! The dispatcher: from a call as it travels to the learner's method.

use super::Contract;
use crate::method::{Method, Parameter};
use proc_macro2::TokenStream;
use quote::quote;

/// Writes the dispatcher.
pub(super) fn write(contract: &Contract) -> TokenStream {
    let Contract { item, options, methods } = contract;
    let (visibility, trait_name) = (&item.vis, &item.ident);
    let (client, dispatcher) = (contract.client(), contract.dispatcher());
    let shown = trait_name.to_string();
    let (env, config) = (&options.env, &options.config);
    let docs = format!("[`{trait_name}`] as implemented by `S`: what `kata::main!` and `kata::testing` run.");
    let names = methods.iter().map(|method| method.name.to_string());
    let arms = (0_u16..).zip(methods).map(|(position, method)| write_arm(position, method, contract));
    quote! {
        #[doc = #docs]
        #visibility struct #dispatcher<S>(::core::marker::PhantomData<fn() -> S>);

        impl<S: #trait_name> ::kata::private::Contract for #dispatcher<S> {
            const NAME: &'static str = #shown;
            const METHODS: &'static [&'static str] = &[#(#names),*];

            type Solution = S;
            type Config = #config;

            fn hash() -> u64 {
                <#client as ::kata::private::Client>::hash()
            }

            async fn open(
                context: ::kata::private::Context,
                config: Self::Config,
            ) -> ::core::result::Result<S, ::kata::OpenError> {
                <S as #trait_name>::open(#env { context }, config).await
            }

            async fn background(solution: ::std::sync::Arc<S>) {
                <S as #trait_name>::background(solution).await
            }

            #[allow(clippy::let_unit_value)]
            fn call(
                handler: ::kata::private::Handler<S>,
                method: u16,
                args: &[u8],
            ) -> ::core::option::Option<::kata::private::HandlerFuture> {
                match method {
                    #(#arms)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    }
}

fn write_arm(position: u16, method: &Method, contract: &Contract) -> TokenStream {
    let (name, types) = (&method.name, method.owned_types());
    let of = if method.drive.is_some() { contract.drives() } else { contract.item.ident.clone() };
    let parameters = method.parameters.iter().map(|parameter| match parameter {
        Parameter::Caller => quote!(&handler.caller),
        Parameter::Argument(index) => {
            let borrow = method.arguments[*index].is_borrowed().then(|| quote!(&));
            let index = syn::Index::from(*index);
            quote!(#borrow sent.#index)
        }
        Parameter::Sink => quote!(::kata::Sink::new(handler.context.clone(), handler.call)),
    });
    let wait = method.signature.asyncness.map(|_| quote!(.await));
    quote! {
        #position => {
            let sent: (#(#types,)*) = ::kata::private::postcard::from_bytes(args).ok()?;
            ::core::option::Option::Some(::std::boxed::Box::pin(async move {
                let result = <S as #of>::#name(&handler.solution, #(#parameters),*)#wait;
                ::kata::private::postcard::to_stdvec(&result).expect("a contract's types encode")
            }))
        }
    }
}
