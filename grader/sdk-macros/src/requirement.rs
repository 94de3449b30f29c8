//! `#[requirement]`: one promise of a contract, from a scenario to a constant of its suite.

use crate::problems::Problems;
use crate::words::doc_lines;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{FnArg, Ident, ItemFn, LitInt, LitStr, ReturnType, Token, Type, Visibility, bracketed};

#[derive(Default)]
struct Options {
    stage: Option<LitStr>,
    level: Option<Ident>,
    points: Option<LitInt>,
    schedules: Option<LitInt>,
    points_max: Option<LitInt>,
    sweeps: Option<Vec<Ident>>,
    native: Option<()>,
    bonus: Option<()>,
}

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let function: ItemFn = syn::parse2(item)?;
    let mut problems = Problems::default();
    let options = problems.take(read(options)).unwrap_or_default();
    check_signature(&function, &mut problems);
    let docs = doc_lines(&function.attrs);
    if docs.iter().all(|line| line.trim().is_empty()) {
        let why = "a requirement has a doc comment: the story that `kata show` prints";
        problems.refuse(&function.sig.ident, why);
    }
    problems.check()?;

    let Options { stage, level, points, schedules, points_max, sweeps, native, bonus } = options;
    let (native, bonus) = (native.is_some(), bonus.is_some());
    let name = &function.sig.ident;
    let id = name.to_string();
    let story = docs.join("\n").trim().to_owned();
    let visibility = match &function.vis {
        Visibility::Inherited => quote!(pub(crate)),
        given => quote!(#given),
    };
    // A load runs once: by drawn latencies, as a quiet network would. So does what happens in real time.
    let once = (native || level.as_ref().is_some_and(|level| level == "Scale")) && schedules.is_none();
    let schedules = if once { Some(LitInt::new("1", Span::call_site())) } else { schedules };
    let set = [
        schedules.map(|count| quote!(schedules: #count,)),
        points_max.map(|count| quote!(points_max: #count,)),
        sweeps.map(|sweeps| quote!(sweeps: &[#(::kata_sim::Sweep::#sweeps),*],)),
    ];
    // Clippy minds an update that leaves nothing to it.
    let rest = set.iter().any(Option::is_none).then(|| quote!(..::core::default::Default::default()));
    let budget = quote!(::kata_sim::Budget { #(#set)* #rest });
    let documentation = function.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let scenario = ItemFn {
        attrs: function.attrs.iter().filter(|attribute| !attribute.path().is_ident("doc")).cloned().collect(),
        vis: Visibility::Inherited,
        ..function.clone()
    };
    Ok(quote! {
        #(#documentation)*
        #visibility fn #name() -> ::kata_sim::Requirement {
            #scenario

            ::kata_sim::Requirement {
                id: #id,
                stage: #stage,
                level: ::kata_check::Level::#level,
                native: #native,
                points: #points,
                bonus: #bonus,
                story: #story,
                budget: #budget,
                scenario: |dc| ::std::boxed::Box::pin(#name(dc)),
            }
        }
    })
}

fn check_signature(function: &ItemFn, problems: &mut Problems) {
    let signature = &function.sig;
    let mut inputs = signature.inputs.iter();
    let takes_datacentre = matches!(
        (inputs.next(), inputs.next()),
        (Some(FnArg::Typed(input)), None) if matches!(&*input.ty, Type::Reference(_))
    );
    let is_right = signature.asyncness.is_some()
        && signature.generics.params.is_empty()
        && takes_datacentre
        && matches!(signature.output, ReturnType::Type(..));
    if !is_right {
        problems.refuse(signature, "a requirement is `async fn name(dc: &Datacentre) -> Outcome`");
    }
}

fn read(tokens: TokenStream) -> syn::Result<Options> {
    let mut options = Options::default();
    let parser = syn::meta::parser(|meta| {
        let Some(key) = meta.path.get_ident().map(ToString::to_string) else {
            return Err(meta.error("an option of a requirement is one word"));
        };
        match key.as_str() {
            "stage" => set(&mut options.stage, &meta, meta.value()?.parse()?),
            "level" => set(&mut options.level, &meta, variant(&meta.value()?.parse()?)),
            "points" => set(&mut options.points, &meta, meta.value()?.parse()?),
            "schedules" => set(&mut options.schedules, &meta, meta.value()?.parse()?),
            "points_max" => set(&mut options.points_max, &meta, meta.value()?.parse()?),
            "native" => set(&mut options.native, &meta, ()),
            "bonus" => set(&mut options.bonus, &meta, ()),
            "sweep" => {
                let sweeps = read_sweeps(&meta)?;
                set(&mut options.sweeps, &meta, sweeps)
            }
            _ => Err(meta.error(
                "not an option of a requirement: `stage`, `level`, `points`, `schedules`, `sweep`, `points_max`, `native`, `bonus`",
            )),
        }
    });
    parser.parse2(tokens)?;
    let mut problems = Problems::default();
    for (missing, what) in [
        (options.stage.is_none(), "`stage = \"..\"`: when a learner meets it"),
        (options.level.is_none(), "`level = ..`: how it is judged"),
        (options.points.is_none(), "`points = ..`: what it is worth"),
    ] {
        if missing {
            problems.add(syn::Error::new(Span::call_site(), format_args!("a requirement needs {what}")));
        }
    }
    problems.check()?;
    Ok(options)
}

fn read_sweeps(meta: &ParseNestedMeta<'_>) -> syn::Result<Vec<Ident>> {
    let value = meta.value()?;
    if !value.peek(syn::token::Bracket) {
        return Ok(vec![variant(&value.parse()?)]);
    }
    let list;
    bracketed!(list in value);
    let words = Punctuated::<Ident, Token![,]>::parse_terminated(&list)?;
    Ok(words.iter().map(variant).collect())
}

/// The variant that a word stands for, `lost_answers` for `LostAnswers`. If there is none, the compiler says so at the word.
fn variant(word: &Ident) -> Ident {
    let capitalised = word
        .to_string()
        .split('_')
        .map(|part| {
            let mut letters = part.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
        })
        .collect::<String>();
    Ident::new(&capitalised, word.span())
}

fn set<T>(slot: &mut Option<T>, meta: &ParseNestedMeta<'_>, value: T) -> syn::Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(meta.error("this is here already")),
    }
}
