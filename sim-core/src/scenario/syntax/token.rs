//! What a text is cut into.

/// The three pairs of brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bracket {
    Round,
    Square,
    Curly,
}

impl Bracket {
    pub(super) const fn open(self) -> char {
        match self {
            Self::Round => '(',
            Self::Square => '[',
            Self::Curly => '{',
        }
    }
    pub(super) const fn close(self) -> char {
        match self {
            Self::Round => ')',
            Self::Square => ']',
            Self::Curly => '}',
        }
    }
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Open(Bracket),
    Close(Bracket),
    Comma,
    Colon,
    Word,
    Number,
    /// `"…"`, quotes included.
    Text,
    /// `r#"…"#`, all included.
    RawText,
    /// Stands where a word or value is meant, and was already complained about.
    Bad,
    /// After the last one.
    End,
}

/// A token and the bytes that it covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// What RON takes for space, but for rarities that nobody types.
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Belongs to a word, or to something that was meant as a text.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The quote that closes what `opening` opens, for quotes that are none to RON.
pub(super) fn other_quote(opening: char) -> Option<char> {
    match opening {
        '\'' | '`' => Some(opening),
        '\u{2018}' => Some('\u{2019}'),
        '\u{201c}' | '\u{201d}' | '\u{201e}' => Some('\u{201d}'),
        _ => None,
    }
}

/// `12`, `-1_000`, `0.5`: RON's decimal numbers without exponents and type suffixes.
pub(super) fn is_number(written: &str) -> bool {
    let digits = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_digit()) && part.chars().all(|c| c.is_ascii_digit() || c == '_')
    };
    let unsigned = written.strip_prefix(['+', '-']).unwrap_or(written);
    match unsigned.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(unsigned),
    }
}
