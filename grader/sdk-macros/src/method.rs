//! One method of a contract or gateway: reading it, and refusing what cannot travel.

use crate::problems::Problems;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{
    Attribute, Block, FnArg, GenericArgument, Ident, ItemTrait, Pat, PathArguments, PathSegment, Receiver,
    ReceiverKind, ReturnType, Signature, TraitItem, TraitItemFn, Type, TypeReference,
};

/// A method that clients or nodes call over a wire.
pub(crate) struct Method {
    /// Its documentation and other attributes.
    pub(crate) attributes: Vec<Attribute>,
    /// As written.
    pub(crate) signature: Signature,
    /// Its name.
    pub(crate) name: Ident,
    /// What travels, in order: neither the caller nor the sink.
    pub(crate) arguments: Vec<Argument>,
    /// What the handler gets, in order.
    pub(crate) parameters: Vec<Parameter>,
    /// What the method's sink carries, if it has one.
    pub(crate) sink: Option<Type>,
    /// What it returns, as written: `Result<T, E>`, or `T` if it cannot fail.
    pub(crate) result: Type,
    /// `T`.
    pub(crate) value: Type,
    /// `E`; nothing if it cannot fail.
    pub(crate) error: Option<Type>,
    /// What a drive does.
    pub(crate) drive: Option<Block>,
}

/// An argument that travels.
pub(crate) struct Argument {
    pub(crate) name: Ident,
    /// As written.
    pub(crate) kind: Type,
    /// What travels.
    pub(crate) owned: Type,
}

impl Argument {
    /// Whether the method gets a reference to what travelled.
    pub(crate) fn is_borrowed(&self) -> bool {
        matches!(self.kind, Type::Reference(_))
    }

    /// Whether it is `&[u8]`, which people read as text.
    fn is_bytes(&self) -> bool {
        matches!(&self.kind, Type::Reference(reference) if matches!(&*reference.elem, Type::Slice(_)))
    }
}

/// A parameter of the handler.
pub(crate) enum Parameter {
    /// `&Caller`.
    Caller,
    /// An argument, by position in [`Method::arguments`].
    Argument(usize),
    /// `Sink<T>`.
    Sink,
}

/// What kind of trait a method stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The learner implements it: callers, sinks and plain `fn` are welcome.
    Contract,
    /// The suite plays it.
    Gateway,
}

impl Side {
    fn noun(self) -> &'static str {
        match self {
            Side::Contract => "a contract",
            Side::Gateway => "a gateway",
        }
    }
}

/// Reads the methods of a trait.
pub(crate) fn read_methods(item: &ItemTrait, side: Side, problems: &mut Problems) -> Vec<Method> {
    let noun = side.noun();
    if !item.generics.params.is_empty() {
        problems.refuse(
            &item.generics,
            format_args!("{noun} has no generics: what travels must be of known types"),
        );
    }
    if let Some(clause) = &item.generics.where_clause {
        problems.refuse(clause, format_args!("{noun} has no `where` clause"));
    }
    if !item.supertraits.is_empty() {
        problems.refuse(
            &item.supertraits,
            format_args!("{noun} names no supertraits; the attribute adds what is needed"),
        );
    }
    if let Some(token) = &item.unsafety {
        problems.refuse(token, format_args!("{noun} is not `unsafe`"));
    }
    let mut methods: Vec<Method> = Vec::new();
    for part in &item.items {
        let TraitItem::Fn(function) = part else {
            problems.refuse(part, format_args!("{noun} has methods only"));
            continue;
        };
        let Some(method) = read_method(function, side, problems) else { continue };
        if methods.iter().any(|earlier| earlier.name == method.name) {
            problems.refuse(&method.name, format_args!("there is a method `{}` already", method.name));
        }
        methods.push(method);
    }
    methods
}

fn read_method(function: &TraitItemFn, side: Side, problems: &mut Problems) -> Option<Method> {
    let signature = &function.sig;
    let noun = side.noun();
    let is_drive = |attribute: &Attribute| side == Side::Contract && attribute.path().is_ident("drive");
    let drives = function.attrs.iter().any(is_drive);
    match &function.default {
        Some(body) if !drives => {
            problems.refuse(body, format_args!("{noun}'s methods have no body here: end the line with `;`"));
        }
        None if drives => {
            problems.refuse(signature, "a drive has a body: what is done with whatever solution it is");
        }
        _ => {}
    }
    if let (true, Some(token)) = (drives, &signature.asyncness) {
        problems.refuse(token, "a drive runs without a pause: write `fn`");
    }
    if !signature.generics.params.is_empty() || signature.generics.where_clause.is_some() {
        let place = if signature.generics.params.is_empty() {
            signature.generics.where_clause.to_token_stream()
        } else {
            signature.generics.to_token_stream()
        };
        problems.refuse(place, "a method that is called over a wire has no generics: name the types");
    }
    if side == Side::Gateway && signature.asyncness.is_none() {
        problems.refuse(signature.fn_token, "a gateway's methods wait for an answer: write `async fn`");
    }
    let reserved: &[&str] = match side {
        Side::Contract => &["open", "background"],
        Side::Gateway => &["new"],
    };
    if reserved.iter().any(|name| signature.ident == name) {
        let why =
            format_args!("`{}` is the attribute's to add; choose another name", signature.ident).to_string();
        problems.refuse(&signature.ident, why);
    }

    let mut inputs = signature.inputs.iter().peekable();
    match inputs.next_if(|input| matches!(input, FnArg::Receiver(_))) {
        Some(FnArg::Receiver(receiver)) => check_receiver(receiver, problems),
        _ => problems
            .refuse(&signature.ident, "the method needs `&self` first: it is called on a running node"),
    }
    let mut parameters = Vec::new();
    let mut arguments = Vec::new();
    let mut sink = None;
    for (position, input) in inputs.enumerate() {
        let FnArg::Typed(input) = input else { continue };
        let mut owned = (*input.ty).clone();
        if let Type::Reference(reference) = &*input.ty {
            match owned_form(reference).filter(|_| side == Side::Contract && signature.asyncness.is_none()) {
                Some(form) => owned = form,
                None => {
                    if let Some(why) = refuse_reference(reference, position, side) {
                        problems.refuse(reference, why);
                    }
                    parameters.push(Parameter::Caller);
                    continue;
                }
            }
        }
        let Pat::Ident(pattern) = &*input.pat else {
            problems.refuse(&input.pat, "an argument needs a plain name here");
            continue;
        };
        if pattern.by_ref.is_some() || pattern.mutability.is_some() || pattern.subpat.is_some() {
            problems.refuse(pattern, "an argument needs a plain name here");
        }
        if let (Side::Contract, Some([item])) = (side, generics_of(&input.ty, "Sink").as_deref()) {
            if sink.replace(item.clone()).is_some() {
                problems.refuse(input, "a method has at most one sink; push an enum through it");
            }
            parameters.push(Parameter::Sink);
            continue;
        }
        parameters.push(Parameter::Argument(arguments.len()));
        arguments.push(Argument { name: pattern.ident.clone(), kind: (*input.ty).clone(), owned });
    }
    let (result, value, error) = if side == Side::Contract && signature.asyncness.is_none() {
        read_plain_result(signature, problems)?
    } else {
        let (result, value, error) = read_result(signature, problems)?;
        (result, value, Some(error))
    };
    Some(Method {
        attributes: function.attrs.iter().filter(|attribute| !is_drive(attribute)).cloned().collect(),
        signature: signature.clone(),
        name: signature.ident.clone(),
        arguments,
        parameters,
        sink,
        result,
        value,
        error,
        drive: function.default.clone().filter(|_| drives),
    })
}

/// What travels in the place of a reference, if anything does.
fn owned_form(reference: &TypeReference) -> Option<Type> {
    if reference.mutability.is_some() || reference.lifetime.is_some() {
        return None;
    }
    match &*reference.elem {
        Type::Slice(slice) if matches!(&*slice.elem, Type::Path(path) if path.path.is_ident("u8")) => {
            Some(syn::parse_quote!(::std::vec::Vec<u8>))
        }
        Type::Path(path) if path.path.is_ident("str") => Some(syn::parse_quote!(::std::string::String)),
        _ => None,
    }
}

fn check_receiver(receiver: &Receiver, problems: &mut Problems) {
    let is_shared_reference =
        matches!(&receiver.kind, ReceiverKind::Reference(_, None, None)) && receiver.mutability.is_none();
    if !is_shared_reference {
        problems
            .refuse(receiver, "write `&self`: calls run side by side on one node, so none of them owns it");
    }
}

/// Why a reference cannot be an argument; `None` for a caller at its place.
fn refuse_reference(reference: &TypeReference, position: usize, side: Side) -> Option<&'static str> {
    let is_caller = last_segment(&reference.elem).is_some_and(|segment| segment.ident == "Caller")
        && reference.mutability.is_none();
    match (side, is_caller) {
        (Side::Contract, true) if position == 0 => None,
        (Side::Contract, true) => Some("`&Caller` comes right after `&self`"),
        (Side::Contract, false) => {
            Some("an argument travels, so it is owned (`String`, not `&str`); only `&Caller` is a reference")
        }
        (Side::Gateway, _) => Some("an argument travels, so it is owned (`String`, not `&str`)"),
    }
}

fn read_result(signature: &Signature, problems: &mut Problems) -> Option<(Type, Type, Type)> {
    let hint =
        "a method returns `Result<T, E>`, both written out: infrastructure can always fail, and `E` says how";
    let ReturnType::Type(_, kind) = &signature.output else {
        problems.refuse(&signature.ident, hint);
        return None;
    };
    match generics_of(kind, "Result").as_deref() {
        Some([value, error]) => Some(((**kind).clone(), value.clone(), error.clone())),
        _ => {
            problems.refuse(kind, hint);
            None
        }
    }
}

/// The result of a method that runs without a pause: it may be one that cannot fail.
fn read_plain_result(signature: &Signature, problems: &mut Problems) -> Option<(Type, Type, Option<Type>)> {
    let kind = match &signature.output {
        ReturnType::Default => syn::parse_quote!(()),
        ReturnType::Type(_, kind) => (**kind).clone(),
    };
    if let Type::Reference(_) = kind {
        problems.refuse(kind, "a result travels, so it is owned (`Vec<u8>`, not `&[u8]`)");
        return None;
    }
    if last_segment(&kind).is_some_and(|segment| segment.ident == "Result") {
        let (result, value, error) = read_result(signature, problems)?;
        return Some((result, value, Some(error)));
    }
    Some((kind.clone(), kind, None))
}

/// The type arguments of `kind` if its last name is `name`.
fn generics_of(kind: &Type, name: &str) -> Option<Vec<Type>> {
    let segment = last_segment(kind).filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Some(Vec::new()) };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(kind) => Some(kind.clone()),
        _ => None,
    });
    Some(types.collect())
}

fn last_segment(kind: &Type) -> Option<&PathSegment> {
    match kind {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
}

impl Method {
    /// The names of the arguments that travel.
    pub(crate) fn argument_names(&self) -> Vec<&Ident> {
        self.arguments.iter().map(|argument| &argument.name).collect()
    }

    /// Their types, as written.
    pub(crate) fn argument_types(&self) -> Vec<&Type> {
        self.arguments.iter().map(|argument| &argument.kind).collect()
    }

    /// Their types as they travel.
    pub(crate) fn owned_types(&self) -> Vec<&Type> {
        self.arguments.iter().map(|argument| &argument.owned).collect()
    }

    /// The type of its errors: one without values if it cannot fail.
    pub(crate) fn error_type(&self) -> TokenStream {
        match &self.error {
            Some(error) => error.to_token_stream(),
            None => quote!(::core::convert::Infallible),
        }
    }

    /// An expression for the arguments, all in scope by name, as histories show them.
    pub(crate) fn shown_arguments(&self) -> TokenStream {
        let formats =
            self.arguments.iter().map(|argument| if argument.is_bytes() { "\"{}\"" } else { "{:?}" });
        let format = formats.collect::<Vec<_>>().join(", ");
        let shown = self.arguments.iter().map(|argument| {
            let name = &argument.name;
            if argument.is_bytes() { quote!(#name.escape_ascii()) } else { name.to_token_stream() }
        });
        quote!(::std::format!(#format, #(#shown),*))
    }

    /// The method's part of its trait's signature: a format string, filled by the names of [`Method::wire_types`].
    pub(crate) fn signature_format(&self) -> String {
        let arguments = vec!["{}"; self.arguments.len()].join(",");
        let items = if self.sink.is_some() { "~{}" } else { "" };
        format!("{}({arguments}){items}->{{}};", self.name)
    }

    /// All types that travel: arguments, what a sink carries, the result.
    pub(crate) fn wire_types(&self) -> Vec<&Type> {
        self.arguments
            .iter()
            .map(|argument| &argument.owned)
            .chain(&self.sink)
            .chain([&self.result])
            .collect()
    }
}
