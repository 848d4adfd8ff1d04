//! What stands between the quotes of a text.

use core::str::Chars;

/// `inside` with its escapes replaced by what they mean; `None` where one means nothing.
pub(super) fn unescaped(inside: &str) -> Option<String> {
    let mut text = String::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        text.push(match c {
            '\\' => escape(&mut chars)?,
            c => c,
        });
    }
    Some(text)
}

/// What follows a backslash.
fn escape(chars: &mut Chars<'_>) -> Option<char> {
    match chars.next()? {
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        c @ ('\\' | '"' | '\'') => Some(c),
        'u' => unicode(chars),
        _ => None,
    }
}

/// `{1F600}` after `\u`.
fn unicode(chars: &mut Chars<'_>) -> Option<char> {
    let (digits, after) = chars.as_str().strip_prefix('{')?.split_once('}')?;
    *chars = after.chars();
    // Rust's numbers may have a sign, which RON's escapes have not.
    let readable = digits.len() <= 6 && digits.chars().all(|c| c.is_ascii_hexdigit());
    char::from_u32(u32::from_str_radix(digits, 16).ok().filter(|_| readable)?)
}
