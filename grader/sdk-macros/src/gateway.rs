//! `#[kata::gateway]`: from a trait to a learner's handle, a suite's model trait, and what joins them.

use crate::method::{self, Method, Side};
use crate::problems::Problems;
use crate::words::snake_case;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Ident, ItemTrait};

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let item: ItemTrait = syn::parse2(item)?;
    let mut problems = Problems::default();
    if !options.is_empty() {
        problems.refuse(options, "a gateway takes no options");
    }
    let methods = method::read_methods(&item, Side::Gateway, &mut problems);
    if methods.is_empty() && item.items.is_empty() {
        problems.refuse(&item.ident, "a gateway has at least one method");
    }
    problems.check()?;
    let (handle, model, service) =
        (write_handle(&item, &methods), write_model(&item, &methods), write_service(&item, &methods));
    Ok(quote!(#handle #model #service))
}

fn model_trait(item: &ItemTrait) -> Ident {
    format_ident!("{}Model", item.ident)
}

/// Names that an argument's name does not meet.
fn own_names<const N: usize>(names: [&str; N]) -> [Ident; N] {
    names.map(|name| Ident::new(name, Span::mixed_site()))
}

/// The learner's side.
fn write_handle(item: &ItemTrait, methods: &[Method]) -> TokenStream {
    let (attributes, visibility, name) = (&item.attrs, &item.vis, &item.ident);
    let shown = name.to_string();
    let gateway = snake_case(&shown);
    let calls = (0_u16..).zip(methods).map(|(position, method)| {
        let (attributes, name) = (&method.attributes, &method.name);
        let (names, types) = (method.argument_names(), method.argument_types());
        let (value, error) = (&method.value, &method.error);
        quote! {
            #(#attributes)*
            pub async fn #name(
                &self,
                #(#names: #types),*
            ) -> ::core::result::Result<#value, ::kata::GatewayError<#error>> {
                self.client.call(#position, &(#(&#names,)*)).await
            }
        }
    });
    let types: Vec<_> = methods.iter().flat_map(Method::wire_types).collect();
    let signature: String = methods.iter().map(Method::signature_format).collect();
    quote! {
        #(#attributes)*
        #[derive(::core::clone::Clone)]
        #visibility struct #name {
            client: ::kata::private::GatewayClient,
        }

        impl #name {
            #[doc(hidden)]
            pub fn new(context: ::kata::private::Context) -> Self {
                Self { client: ::kata::private::GatewayClient::new(context, #gateway) }
            }

            #(#calls)*
        }

        impl ::kata::private::Shape for #name {
            fn name() -> ::std::string::String {
                ::std::string::String::from(#shown)
            }

            fn define(shapes: &mut ::kata::private::Shapes) {
                let definition = ::std::format!(#signature, #(<#types as ::kata::private::Shape>::name()),*);
                shapes.define(#shown, definition, |shapes| {
                    #(shapes.add::<#types>();)*
                });
            }
        }
    }
}

/// The trait that a suite implements.
fn write_model(item: &ItemTrait, methods: &[Method]) -> TokenStream {
    let (visibility, name, model) = (&item.vis, &item.ident, model_trait(item));
    let docs = format!("[`{name}`] as a suite plays it: what happens when a call reaches the service.");
    let [now, from] = own_names(["now", "from"]);
    let methods = methods.iter().map(|method| {
        let (attributes, name, result) = (&method.attributes, &method.name, &method.result);
        let (names, types) = (method.argument_names(), method.argument_types());
        quote! {
            #(#attributes)*
            fn #name(
                &mut self,
                #now: ::kata::private::Time,
                #from: ::kata::private::NodeId,
                #(#names: #types),*
            ) -> #result;
        }
    });
    quote! {
        #[doc = #docs]
        #visibility trait #model: 'static {
            #(#methods)*
        }
    }
}

/// What serves a model to a datacentre.
fn write_service(item: &ItemTrait, methods: &[Method]) -> TokenStream {
    let (visibility, name, model) = (&item.vis, &item.ident, model_trait(item));
    let service = format_ident!("{}Service", item.ident);
    let gateway = snake_case(&name.to_string());
    let docs =
        format!("Serves a [`{model}`] to a datacentre. Clones share the model, so keep one to look at it.");
    let [model_name, now, from, args] = own_names(["model", "now", "from", "args"]);
    let each = || (0_u16..).zip(methods);
    let calls = each().map(|(position, method)| {
        let (name, names, types) = (&method.name, method.argument_names(), method.argument_types());
        quote! {
            #position => {
                let (#(#names,)*): (#(#types,)*) = ::kata::private::postcard::from_bytes(#args).ok()?;
                ::kata::private::postcard::to_stdvec(&#model_name.#name(#now, #from, #(#names),*)).ok()
            }
        }
    });
    let shown_calls = each().map(|(position, method)| {
        let (shown, names, types) =
            (method.name.to_string(), method.argument_names(), method.argument_types());
        let format = format!("{shown}({})", vec!["{:?}"; names.len()].join(", "));
        quote! {
            #position => match ::kata::private::postcard::from_bytes::<(#(#types,)*)>(#args) {
                ::core::result::Result::Ok((#(#names,)*)) => ::std::format!(#format, #(#names),*),
                ::core::result::Result::Err(_) => ::std::string::String::from(#shown),
            },
        }
    });
    let shown_results = each().map(|(position, method)| {
        let result = &method.result;
        quote! {
            #position => ::kata::private::postcard::from_bytes::<#result>(result)
                .map_or_else(|_| ::std::string::String::new(), |result| ::std::format!("{result:?}")),
        }
    });
    quote! {
        #[doc = #docs]
        #visibility struct #service<M> {
            model: ::std::rc::Rc<::std::cell::RefCell<M>>,
        }

        impl<M> #service<M> {
            /// A service that `model` plays.
            pub fn new(model: M) -> Self {
                Self { model: ::std::rc::Rc::new(::std::cell::RefCell::new(model)) }
            }

            /// The model, to look at. Let go of it before the next call.
            pub fn model(&self) -> ::std::cell::Ref<'_, M> {
                self.model.borrow()
            }

            /// The model, to change how it plays. Let go of it before the next call.
            pub fn model_mut(&self) -> ::std::cell::RefMut<'_, M> {
                self.model.borrow_mut()
            }
        }

        impl<M> ::core::clone::Clone for #service<M> {
            fn clone(&self) -> Self {
                Self { model: ::std::rc::Rc::clone(&self.model) }
            }
        }

        impl<M: #model> ::kata::private::GatewayModel for #service<M> {
            fn name(&self) -> &'static str {
                #gateway
            }

            fn call(
                &mut self,
                #now: ::kata::private::Time,
                #from: ::kata::private::NodeId,
                method: u16,
                #args: &[u8],
            ) -> ::core::option::Option<::std::vec::Vec<u8>> {
                let mut #model_name = self.model.borrow_mut();
                match method {
                    #(#calls)*
                    _ => ::core::option::Option::None,
                }
            }

            fn describe(&self, method: u16, #args: &[u8]) -> ::std::string::String {
                match method {
                    #(#shown_calls)*
                    _ => ::std::string::String::new(),
                }
            }

            fn describe_result(&self, method: u16, result: &[u8]) -> ::std::string::String {
                match method {
                    #(#shown_results)*
                    _ => ::std::string::String::new(),
                }
            }
        }
    }
}
