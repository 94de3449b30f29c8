//! Which script a letter belongs to, for names of hosts.

/// A script, or scripts that are written together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// A to Z and their accented relatives.
    Latin,
    /// Greek.
    Greek,
    /// Cyrillic.
    Cyrillic,
    /// Hebrew.
    Hebrew,
    /// Arabic.
    Arabic,
    /// Devanagari.
    Devanagari,
    /// Thai.
    Thai,
    /// Korean.
    Hangul,
    /// Chinese characters and the Japanese syllabaries, which one text mixes.
    HanKana,
}

/// The script of a character of a host's name. Nothing for ASCII digits, the hyphen, the dot, and for all that no name of a host
/// may hold.
pub const fn script_of(character: char) -> Option<Script> {
    Some(match character {
        // The two signs among the accented letters are for arithmetic.
        '\u{d7}' | '\u{f7}' => return None,
        'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::Greek,
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        '\u{590}'..='\u{5ff}' => Script::Hebrew,
        '\u{600}'..='\u{6ff}' => Script::Arabic,
        '\u{900}'..='\u{97f}' => Script::Devanagari,
        '\u{e00}'..='\u{e7f}' => Script::Thai,
        '\u{ac00}'..='\u{d7a3}' => Script::Hangul,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' => Script::HanKana,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_look_alike_differ() {
        assert_eq!(script_of('a'), Some(Script::Latin));
        assert_eq!(script_of('а'), Some(Script::Cyrillic));
        assert_eq!(script_of('ü'), Some(Script::Latin));
        assert_eq!(script_of('日'), script_of('の'));
        for none in ['0', '-', '.', '%', '_', '×', 'ａ', '。', '😀'] {
            assert_eq!(script_of(none), None, "{none}");
        }
    }
}
