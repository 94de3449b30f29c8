//! Names and documentation as text.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The documentation in `attributes`, a line each, without the space that follows `///`.
pub(crate) fn doc_lines(attributes: &[Attribute]) -> Vec<String> {
    let text = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    };
    let lines = attributes.iter().filter_map(text).flat_map(|text| {
        text.lines().map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned()).collect::<Vec<_>>()
    });
    lines.collect()
}

/// The documentation with each paragraph on one line.
pub(crate) fn paragraphs(lines: &[String]) -> String {
    let paragraphs = lines.split(|line| line.trim().is_empty()).filter(|lines| !lines.is_empty());
    let joined = paragraphs.map(|lines| lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "));
    joined.collect::<Vec<_>>().join("\n\n")
}

/// The first sentence of the documentation as an error message: no capital, no full stop. `None` without documentation.
pub(crate) fn message(lines: &[String]) -> Option<String> {
    let text = paragraphs(lines);
    let paragraph = text.split("\n\n").next().filter(|paragraph| !paragraph.is_empty())?;
    let sentence = paragraph.split(". ").next().unwrap_or(paragraph).trim_end_matches(['.', ':']);
    let mut letters = sentence.chars();
    let (first, second) = (letters.next()?, letters.next());
    // `URL` and `SHA-2` stay as they are.
    let keep = second.is_some_and(|letter| letter.is_uppercase() || letter.is_numeric());
    Some(if keep {
        sentence.to_owned()
    } else {
        first.to_lowercase().chain(sentence.chars().skip(1)).collect()
    })
}

/// `UrlShortener` as `url_shortener`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_message(docs: &[&str], expected: Option<&str>) {
        let lines: Vec<String> = docs.iter().map(ToString::to_string).collect();
        assert_eq!(message(&lines).as_deref(), expected);
    }

    #[test]
    fn a_message_is_the_first_sentence() {
        check_message(&["Somebody else holds it."], Some("somebody else holds it"));
        check_message(
            &["Somebody else", "holds it. Try again.", "", "More."],
            Some("somebody else holds it"),
        );
        check_message(&["URL is not absolute."], Some("URL is not absolute"));
        check_message(&[], None);
    }

    #[test]
    fn snake_case_splits_at_capitals() {
        assert_eq!(snake_case("UrlShortener"), "url_shortener");
        assert_eq!(snake_case("AliasTaken"), "alias_taken");
    }
}
