//! The typed client: what examples and suites call.

use super::Contract;
use crate::method::Method;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Ident;

/// Writes the client.
pub(super) fn write(contract: &Contract) -> TokenStream {
    let Contract { item, options, methods } = contract;
    let (visibility, trait_name, client) = (&item.vis, &item.ident, contract.client());
    let shown = trait_name.to_string();
    let config = &options.config;
    let docs = format!("A client of [`{trait_name}`]. Clones call as the same caller.");
    let calls = (0_u16..).zip(methods).map(|(position, method)| write_call(position, method));
    let hash = write_hash(contract);
    quote! {
        #[doc = #docs]
        #[derive(::core::clone::Clone)]
        #visibility struct #client {
            channel: ::std::rc::Rc<dyn ::kata::private::Channel>,
        }

        // What the trait leaves undocumented is reported there.
        #[allow(missing_docs)]
        impl #client {
            #(#calls)*
        }

        impl ::kata::private::Client for #client {
            type Config = #config;

            const CONTRACT: &'static str = #shown;

            #hash

            fn new(channel: ::std::rc::Rc<dyn ::kata::private::Channel>) -> Self {
                Self { channel }
            }
        }
    }
}

fn write_call(position: u16, method: &Method) -> TokenStream {
    let (attributes, name) = (&method.attributes, &method.name);
    let shown_name = name.to_string();
    let (names, types) = (method.argument_names(), method.argument_types());
    let shown = method.shown_arguments();
    let (value, error) = (&method.value, method.error_type());
    // What cannot fail travels as it is.
    let read = if method.error.is_some() { quote!(answer) } else { quote!(value) };
    // Mixed-site names are ours: an argument called `args` does not meet them.
    let [args, call, shown_arguments] =
        ["args", "call", "shown"].map(|name| Ident::new(name, Span::mixed_site()));
    let outgoing = quote! {
        let #shown_arguments = || #shown;
        let #args = ::kata::private::postcard::to_stdvec(&(#(&#names,)*)).expect("a contract's types encode");
        let #call = ::kata::client::OutgoingCall {
            method: #position,
            name: #shown_name,
            args: #args,
            shown: &#shown_arguments,
        };
    };
    match &method.sink {
        None => quote! {
            #(#attributes)*
            pub async fn #name(&self, #(#names: #types),*) -> ::kata::Answer<#value, #error> {
                #outgoing
                self.channel.call(#call).await.#read()
            }
        },
        Some(item) => quote! {
            #(#attributes)*
            pub fn #name(&self, #(#names: #types),*) -> ::kata::Subscription<#item> {
                #outgoing
                ::kata::Subscription::new(self.channel.subscribe(#call))
            }
        },
    }
}

/// `hash`: over the trait's signature and the shapes of all that travels.
fn write_hash(contract: &Contract) -> TokenStream {
    let Contract { item, options, methods } = contract;
    let mut types = vec![&options.config];
    types.extend(methods.iter().flat_map(Method::wire_types));
    let methods: String = methods.iter().map(Method::signature_format).collect();
    let signature = format!("{}({{}}){methods}", item.ident);
    let gateways = &options.gateways;
    quote! {
        fn hash() -> u64 {
            let mut shapes = <::kata::private::Shapes as ::core::default::Default>::default();
            #(shapes.add::<#types>();)*
            #(shapes.add::<#gateways>();)*
            shapes.hash(&::std::format!(#signature, #(<#types as ::kata::private::Shape>::name()),*))
        }
    }
}
