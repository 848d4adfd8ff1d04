//! Rust text, seen as lines and as tokens; just enough of a lexer to know code from comments.

/// One Rust file.
pub(super) struct Source {
    /// From the top of the repository, with forward slashes.
    pub(super) path: String,
    pub(super) text: String,
    /// `text` with comments and the insides of literals blanked out, line breaks kept.
    code: String,
}

/// One word or one punctuation mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// Counted from one.
    pub(super) line: usize,
}

impl Source {
    pub(super) fn new(path: String, text: String) -> Self {
        let code = blank_prose(&text);
        Self { path, text, code }
    }

    /// Whether the whole file is tests: it stands in a `tests` folder, or is one's `tests.rs`.
    pub(super) fn is_all_test(&self) -> bool {
        let inside = self.path.split_once('/').map_or("", |(_, rest)| rest);
        inside.starts_with("tests/") || inside.contains("/tests/") || inside.ends_with("/tests.rs")
    }

    /// Lines up to the module of tests at the bottom.
    pub(super) fn lines_before_tests(&self) -> usize {
        let lines: Vec<&str> = self.text.lines().collect();
        lines
            .windows(2)
            .position(|pair| {
                pair[0].starts_with("#[cfg(test)]") && pair[1].starts_with("mod ") && pair[1].ends_with('{')
            })
            .unwrap_or(lines.len())
    }

    /// The code's words and marks, in order.
    pub(super) fn tokens(&self) -> Vec<Token<'_>> {
        let mut tokens = Vec::new();
        for (number, line) in self.code.lines().enumerate() {
            let mut rest = line.trim_start();
            while let Some(first) = rest.chars().next() {
                let end = if is_word(first) {
                    rest.find(|c| !is_word(c)).unwrap_or(rest.len())
                } else {
                    first.len_utf8()
                };
                let (text, after) = rest.split_at(end);
                tokens.push(Token {
                    text,
                    line: number + 1,
                });
                rest = after.trim_start();
            }
        }
        tokens
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Replaces comments, strings and character literals by blanks, so that only code is left.
fn blank_prose(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = prose_end(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Where the comment or literal that begins at `at` ends; `at` itself when none begins there.
fn prose_end(chars: &[char], at: usize) -> usize {
    let begins = |text: &str| {
        text.chars()
            .enumerate()
            .all(|(i, c)| chars.get(at + i) == Some(&c))
    };
    let after_word = at > 0 && is_word(chars[at - 1]);
    if begins("//") {
        return find(chars, at, |rest| rest[0] == '\n');
    }
    if begins("/*") {
        return block_comment_end(chars, at);
    }
    if begins("\"") {
        return quoted_end(chars, at + 1, '"');
    }
    if !after_word && (begins("r\"") || begins("r#")) {
        return raw_string_end(chars, at + 1);
    }
    if !after_word && (begins("br\"") || begins("br#")) {
        return raw_string_end(chars, at + 2);
    }
    // A quote opens a character only if one closes right behind it; else it names a lifetime.
    if begins("'\\") || (begins("'") && chars.get(at + 2) == Some(&'\'')) {
        return quoted_end(chars, at + 1, '\'');
    }
    at
}

fn find(chars: &[char], from: usize, found: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len())
        .find(|&i| found(&chars[i..]))
        .unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0usize;
    let mut i = at;
    while i < chars.len() {
        if chars[i..].starts_with(&['/', '*']) {
            depth += 1;
            i += 2;
        } else if chars[i..].starts_with(&['*', '/']) {
            depth -= 1;
            i += 2;
            if depth == 0 {
                break;
            }
        } else {
            i += 1;
        }
    }
    i.min(chars.len())
}

fn quoted_end(chars: &[char], from: usize, close: char) -> usize {
    let mut i = from;
    while i < chars.len() && chars[i] != close {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

/// The end of `#"…"#`, with any number of hashes; the position itself if no string begins there,
/// as in the raw identifier `r#type`.
fn raw_string_end(chars: &[char], from: usize) -> usize {
    let hashes = chars[from..].iter().take_while(|&&c| c == '#').count();
    if chars.get(from + hashes) != Some(&'"') {
        return from;
    }
    let mut close = vec!['"'];
    close.extend(std::iter::repeat_n('#', hashes));
    (find(chars, from + hashes + 1, |rest| rest.starts_with(&close)) + close.len()).min(chars.len())
}

#[test]
fn comments_and_literals_are_not_code() {
    let text = "a // b\n/* c /* d */ e */ f \"g \\\" h\" r#\"i \" j\"# r#type 'k' '\\'' &'l m";
    let source = Source::new("x/src/y.rs".to_owned(), text.to_owned());
    let words: Vec<&str> = source.tokens().iter().map(|token| token.text).collect();
    assert_eq!(words.join(" "), "a f # type & ' l m");
}

#[test]
fn the_tests_at_the_bottom_do_not_count() {
    let text = "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
    let source = Source::new("x/src/y.rs".to_owned(), text.to_owned());
    assert_eq!(source.lines_before_tests(), 2);
    assert!(!source.is_all_test());
    assert!(Source::new("x/src/y/tests.rs".to_owned(), String::new()).is_all_test());
    assert!(Source::new("gui/tests/window.rs".to_owned(), String::new()).is_all_test());
    assert!(!Source::new("tests/src/bin/peer.rs".to_owned(), String::new()).is_all_test());
}
