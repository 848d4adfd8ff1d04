//! Text to tokens, with the bounds that keep hostile text harmless.

use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{Place, Problem, Problems};

use super::node::shortened;

/// The largest text that is read: about forty times the largest lab that people plan by hand.
pub(in crate::scenario) const MOST_BYTES: usize = 8 << 20;
/// The most tokens; memory for the tree is a small multiple of this.
const MOST_TOKENS: usize = 1_000_000;
/// The deepest nesting of brackets; a scenario needs about twelve.
pub(super) const MOST_NESTED: usize = 64;

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

/// Cuts `text` into tokens; `None` where it is hopeless, which has then been reported.
pub(super) fn lex(text: &str, file: u8, problems: &mut Problems) -> Option<Vec<Lexeme>> {
    let mut lexer = Lexer {
        text,
        at: 0,
        file,
        depth: 0,
        lexemes: Vec::new(),
    };
    match lexer.run() {
        Ok(()) => Some(lexer.lexemes),
        Err(problem) => {
            problems.push(*problem);
            None
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    file: u8,
    depth: usize,
    lexemes: Vec<Lexeme>,
}

type Outcome = Result<(), Box<Problem>>;

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }
    fn place(&self, start: usize, end: usize) -> Place {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Place {
            file: self.file,
            start: narrow(start),
            end: narrow(end),
        }
    }
    fn syntax(&self, start: usize, end: usize, message: impl Into<String>) -> Box<Problem> {
        Box::new(Problem::error(Code::Syntax, self.place(start, end), message))
    }
    fn syntax_with_help(&self, start: usize, end: usize, message: String, help: &str) -> Box<Problem> {
        Box::new(Problem::error(Code::Syntax, self.place(start, end), message).help(help))
    }

    fn run(&mut self) -> Outcome {
        // Editors on Windows put a byte order mark in front of text.
        if self.rest().starts_with('\u{feff}') {
            self.at += '\u{feff}'.len_utf8();
        }
        loop {
            self.skip_space()?;
            if self.lexemes.len() >= MOST_TOKENS {
                return Err(Box::new(Problem::error(
                    Code::TooMany,
                    self.place(self.at, self.at),
                    format!("a scenario holds at most {MOST_TOKENS} words, numbers and brackets"),
                )));
            }
            let Some(first) = self.rest().chars().next() else {
                self.push(Token::End, self.at);
                return Ok(());
            };
            self.token(first)?;
        }
    }

    fn push(&mut self, token: Token, end: usize) {
        let place = self.place(self.at, end);
        self.lexemes.push(Lexeme {
            token,
            start: place.start,
            end: place.end,
        });
        self.at = end;
    }

    fn token(&mut self, first: char) -> Outcome {
        let end = self.at + first.len_utf8();
        match first {
            '(' => self.open(Bracket::Round, end)?,
            '[' => self.open(Bracket::Square, end)?,
            '{' => self.open(Bracket::Curly, end)?,
            ')' => self.close(Bracket::Round, end),
            ']' => self.close(Bracket::Square, end),
            '}' => self.close(Bracket::Curly, end),
            ',' => self.push(Token::Comma, end),
            ':' => self.push(Token::Colon, end),
            '"' => self.text()?,
            '#' => self.attribute()?,
            'r' if self.rest().starts_with("r\"") || self.rest().starts_with("r#") => self.raw_text()?,
            c if c.is_alphabetic() || c == '_' => {
                self.while_char(Token::Word, |c| c.is_alphanumeric() || c == '_')
            }
            c if c.is_ascii_digit() || c == '-' || c == '+' => {
                self.while_char(Token::Number, |c| {
                    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '+')
                });
            }
            '\0' => return Err(self.syntax(self.at, end, "a NUL byte has no place in a scenario")),
            c => {
                let message = format!("the character {c:?} has no meaning here");
                let help = "texts, addresses and quantities stand in double quotes: \"10.0.0.0/16\"";
                return Err(self.syntax_with_help(self.at, end, message, help));
            }
        }
        Ok(())
    }

    fn open(&mut self, bracket: Bracket, end: usize) -> Outcome {
        self.depth += 1;
        if self.depth > MOST_NESTED {
            return Err(Box::new(
                Problem::error(
                    Code::TooDeep,
                    self.place(self.at, end),
                    format!("brackets are nested more than {MOST_NESTED} deep"),
                )
                .help("a scenario needs about twelve; look for brackets that are never closed"),
            ));
        }
        self.push(Token::Open(bracket), end);
        Ok(())
    }

    fn close(&mut self, bracket: Bracket, end: usize) {
        self.depth = self.depth.saturating_sub(1);
        self.push(Token::Close(bracket), end);
    }

    fn while_char(&mut self, token: Token, belongs: impl Fn(char) -> bool) {
        let length = self.rest().find(|c| !belongs(c)).unwrap_or(self.rest().len());
        self.push(token, self.at + length);
    }

    fn skip_space(&mut self) -> Outcome {
        loop {
            self.at = self.text.len() - self.rest().trim_start().len();
            if self.rest().starts_with("//") {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if self.rest().starts_with("/*") {
                self.block_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    /// Comments between `/*` and `*/` nest.
    fn block_comment(&mut self) -> Outcome {
        let start = self.at;
        let mut depth = 0u32;
        let bytes = self.text.as_bytes();
        while let Some(pair) = bytes.get(self.at..self.at + 2) {
            match pair {
                b"/*" => depth += 1,
                b"*/" => depth -= 1,
                _ => {
                    self.at += 1;
                    continue;
                }
            }
            self.at += 2;
            if depth == 0 {
                return Ok(());
            }
        }
        Err(self.syntax(start, start + 2, "this comment is never closed"))
    }

    fn text(&mut self) -> Outcome {
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    self.push(Token::Text, self.at + offset + 1);
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(self.syntax(self.at, self.at + 1, "this text is never closed with a `\"`"))
    }

    fn raw_text(&mut self) -> Outcome {
        let hashes = self.rest().chars().skip(1).take_while(|c| *c == '#').count();
        let body = self.at + 1 + hashes;
        if !self.text.get(body..).unwrap_or_default().starts_with('"') {
            return Err(self.syntax(self.at, body, "a raw text is written r\"…\" or r#\"…\"#"));
        }
        let closing = format!("\"{}", "#".repeat(hashes));
        match self.text.get(body + 1..).unwrap_or_default().find(&closing) {
            Some(length) => {
                self.push(Token::RawText, body + 1 + length + closing.len());
                Ok(())
            }
            None => Err(self.syntax(
                self.at,
                body + 1,
                format!("this raw text is never closed with {closing}"),
            )),
        }
    }

    /// `#![enable(…)]` in front of a RON file changes nothing here.
    fn attribute(&mut self) -> Outcome {
        let found = shortened(self.rest().lines().next().unwrap_or_default());
        match self.rest().find(']') {
            Some(length) if self.rest().starts_with("#![") && self.lexemes.is_empty() => {
                self.at += length + 1;
                Ok(())
            }
            _ => {
                let message = format!("`{found}` has no meaning here");
                Err(self.syntax_with_help(self.at, self.at + 1, message, "comments begin with //"))
            }
        }
    }
}
