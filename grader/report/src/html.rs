//! What all HTML pages share: the frame, the colours, and text that cannot become markup.
//!
//! A page is one file that needs nothing else: no script, no font, no picture from elsewhere, and its policy forbids them, so
//! that nothing a submission printed can fetch or run anything.

/// A whole page. `style` is what it needs beyond the common; `body` is markup.
pub(crate) fn page(title: &str, style: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{}</title>\n<style>\n:root {{ color-scheme: light dark; {LIGHT} }}\n\
         @media screen and (prefers-color-scheme: dark) {{ :root {{ {DARK} }} }}\n\
         @media print {{ :root {{ color-scheme: light; }} }}\n{STYLE}{style}</style>\n</head>\n\
         <body>\n{body}</body>\n</html>\n",
        escape(title)
    )
}

/// Text that cannot become markup.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ if character.is_control() => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Colours on white, for screens and paper.
const LIGHT: &str = "--page: #ffffff; --text: #1c1f24; --faint: #59616e; --line: #c3c9d2; --good: #14693a; --bad: #b3261e; \
                     --doubtful: #7a5000; --client: #0b559f; --service: #6a3fa0; --marked: #ffefbf;";

/// The same on black.
const DARK: &str = "--page: #15181d; --text: #e5e8ed; --faint: #a3abb7; --line: #434b57; --good: #63cf8d; --bad: #ff9086; \
                    --doubtful: #e8b858; --client: #82bdff; --service: #cbabf7; --marked: #443804;";

const STYLE: &str = "\
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em; background: var(--page); color: var(--text); }
h1 { font-size: 1.4em; margin: 0 0 .3em; } h2 { font-size: 1.15em; margin: 2em 0 .3em; } h1, h2, dt { overflow-wrap: anywhere; }
.good { color: var(--good); } .bad { color: var(--bad); } .doubtful { color: var(--doubtful); } .faint { color: var(--faint); }
table { border-collapse: collapse; margin: 1em 0; }
th, td { padding: .2em .8em; text-align: left; border-bottom: 1px solid var(--line); }
th { color: var(--faint); font-weight: normal; }
code { font: 13px/1.5 ui-monospace, monospace; }
";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// The colours of a palette, by name, as their relative luminance (WCAG 2.2).
    fn luminances(palette: &'static str) -> BTreeMap<&'static str, f64> {
        let channel = |hex: &str| {
            let value = f64::from(u8::from_str_radix(hex, 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = |hex: &str| {
            0.2126 * channel(&hex[..2]) + 0.7152 * channel(&hex[2..4]) + 0.0722 * channel(&hex[4..6])
        };
        let colours = palette.split(';').filter_map(|one| one.trim().split_once(": #"));
        colours.map(|(name, hex)| (name, luminance(hex))).collect()
    }

    #[test]
    fn text_can_be_read_on_both_grounds() {
        for palette in [LIGHT, DARK] {
            let luminances = luminances(palette);
            let contrast = |one: &str, other: &str| {
                let (one, other) = (luminances[one], luminances[other]);
                (one.max(other) + 0.05) / (one.min(other) + 0.05)
            };
            for ground in ["--page", "--marked"] {
                for text in ["--text", "--faint", "--good", "--bad", "--doubtful", "--client", "--service"] {
                    let contrast = contrast(text, ground);
                    // 4.5 is what WCAG's level AA asks of small text.
                    assert!(contrast >= 4.5, "{text} on {ground}: {contrast:.2}");
                }
            }
        }
    }

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escape("<b a=\"1\">&\u{7}"), "&lt;b a=&quot;1&quot;&gt;&amp;\u{fffd}");
    }
}
