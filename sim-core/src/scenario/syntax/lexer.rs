//! Text to tokens, with the bounds that keep hostile text harmless.
//!
//! What is not RON but easily guessed, such as `=` for `:` or a name without quotes, is complained
//! about and then read as what was probably meant, so that one slip does not hide the next.

use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{Place, Problem, Problems};

use super::node::shortened;
use super::token::{Bracket, Lexeme, Token, is_letter, is_number, is_space, other_quote};

/// The largest text that is read: about forty times the largest lab that people plan by hand.
pub(in crate::scenario) const MOST_BYTES: usize = 8 << 20;
/// The most tokens; memory for the tree is a small multiple of this.
const MOST_TOKENS: usize = 1_000_000;
/// The deepest nesting of brackets; a scenario needs about twelve.
pub(super) const MOST_NESTED: usize = 64;
/// Mistakes after these are most likely consequences.
pub(super) const MOST_MISTAKES: usize = 10;
/// Extensions of RON that make more ways to write a value, none of which a scenario uses.
const EXTENSIONS: &[&str] = &["implicit_some", "unwrap_newtypes", "unwrap_variant_newtypes"];

/// A text that was cut into tokens.
pub(super) struct Lexed {
    /// The tokens; the last one is [`Token::End`].
    pub(super) lexemes: Vec<Lexeme>,
    /// How many mistakes were reported on the way.
    pub(super) mistakes: usize,
}

/// Cuts `text` into tokens; `None` where it is hopeless, which has then been reported.
pub(super) fn lex(text: &str, file: u8, problems: &mut Problems) -> Option<Lexed> {
    let mut lexer = Lexer {
        text,
        at: 0,
        file,
        depth: 0,
        lexemes: Vec::new(),
        mistakes: 0,
        problems,
    };
    match lexer.run() {
        Ok(()) => Some(Lexed {
            mistakes: lexer.mistakes,
            lexemes: lexer.lexemes,
        }),
        Err(Hopeless) => None,
    }
}

struct Lexer<'t, 'p> {
    text: &'t str,
    at: usize,
    file: u8,
    depth: usize,
    lexemes: Vec<Lexeme>,
    mistakes: usize,
    problems: &'p mut Problems,
}

/// What follows cannot be understood; why has been reported.
struct Hopeless;

type Outcome = Result<(), Hopeless>;

impl<'t> Lexer<'t, '_> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }
    fn written(&self, end: usize) -> &'t str {
        self.text.get(self.at..end).unwrap_or_default()
    }
    fn place(&self, start: usize, end: usize) -> Place {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Place {
            file: self.file,
            start: narrow(start),
            end: narrow(end),
        }
    }
    /// Reports something after which nothing can be understood.
    fn hopeless(&mut self, problem: Problem) -> Outcome {
        self.problems.push(problem);
        Err(Hopeless)
    }
    fn hopeless_at(&mut self, end: usize, message: impl Into<String>) -> Outcome {
        let place = self.place(self.at, end);
        self.hopeless(Problem::error(Code::Syntax, place, message))
    }
    /// Reports what stands from here to `end`, and goes on unless there were many.
    fn mistake(&mut self, end: usize, message: String, help: String) -> Outcome {
        let place = self.place(self.at, end);
        self.problems
            .push(Problem::error(Code::Syntax, place, message).help(help));
        self.mistakes += 1;
        if self.mistakes < MOST_MISTAKES {
            Ok(())
        } else {
            Err(Hopeless)
        }
    }

    fn run(&mut self) -> Outcome {
        // Editors on Windows put a byte order mark in front of text.
        if self.rest().starts_with('\u{feff}') {
            self.at += '\u{feff}'.len_utf8();
        }
        self.only_text()?;
        loop {
            self.skip_space()?;
            if self.lexemes.len() >= MOST_TOKENS {
                return self.hopeless(Problem::error(
                    Code::TooMany,
                    self.place(self.at, self.at),
                    format!("a scenario holds at most {MOST_TOKENS} words, numbers and brackets"),
                ));
            }
            let Some(first) = self.rest().chars().next() else {
                return self.push(Token::End, self.at);
            };
            self.token(first)?;
        }
    }

    /// Refuses what is no text, and what would do something to a terminal that shows it.
    fn only_text(&mut self) -> Outcome {
        let control = |c: char| c.is_control() && !is_space(c);
        match self.rest().char_indices().find(|(_, c)| control(*c)) {
            Some((offset, c)) => {
                self.at += offset;
                let message = format!("the control character {c:?} has no place in a scenario");
                self.hopeless_at(self.at + c.len_utf8(), message)
            }
            None => Ok(()),
        }
    }

    fn push(&mut self, token: Token, end: usize) -> Outcome {
        self.follows_text(token)?;
        let place = self.place(self.at, end);
        self.lexemes.push(Lexeme {
            token,
            start: place.start,
            end: place.end,
        });
        self.at = end;
        Ok(())
    }

    /// Complains where a text runs over lines into something that cannot follow one: its closing
    /// quote is missing, so what is text from there on is not, and the other way round.
    fn follows_text(&mut self, token: Token) -> Outcome {
        let can_follow = matches!(token, Token::Comma | Token::Colon | Token::Close(_) | Token::End);
        let Some(text) = self
            .lexemes
            .last()
            .filter(|last| last.token == Token::Text && !can_follow)
        else {
            return Ok(());
        };
        let (start, end) = (text.start as usize, text.end as usize);
        let Some(line) = self.text.get(start..end).unwrap_or_default().find('\n') else {
            return Ok(());
        };
        let message = "this text is not closed on its line, or a `,` is missing after it";
        self.hopeless(
            Problem::error(Code::Syntax, self.place(start, start + line), message)
                .also(self.place(end - 1, end), "it goes on to here"),
        )
    }

    fn token(&mut self, first: char) -> Outcome {
        let end = self.at + first.len_utf8();
        match first {
            '(' => self.open(Bracket::Round, end),
            '[' => self.open(Bracket::Square, end),
            '{' => self.open(Bracket::Curly, end),
            ')' => self.close(Bracket::Round, end),
            ']' => self.close(Bracket::Square, end),
            '}' => self.close(Bracket::Curly, end),
            ',' => self.push(Token::Comma, end),
            ':' => self.push(Token::Colon, end),
            '"' => self.text(),
            '#' => self.attribute(),
            'r' if self.rest().starts_with("r\"") || self.rest().starts_with("r#") => self.raw_text(),
            c if is_letter(c) && !c.is_ascii_digit() => self.word(),
            c if c.is_ascii_digit() || matches!(c, '-' | '+' | '.') => self.number(),
            c => self.stray(c, end),
        }
    }

    fn open(&mut self, bracket: Bracket, end: usize) -> Outcome {
        self.depth += 1;
        if self.depth > MOST_NESTED {
            return self.hopeless(
                Problem::error(
                    Code::TooDeep,
                    self.place(self.at, end),
                    format!("brackets are nested more than {MOST_NESTED} deep"),
                )
                .help("a scenario needs about twelve; look for brackets that are never closed"),
            );
        }
        self.push(Token::Open(bracket), end)
    }

    fn close(&mut self, bracket: Bracket, end: usize) -> Outcome {
        self.depth = self.depth.saturating_sub(1);
        self.push(Token::Close(bracket), end)
    }

    /// Where the characters end that, from `from` on, a person sees as one word or quantity.
    fn end_of_run(&self, from: usize) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        let mut chars = rest.char_indices().peekable();
        while let Some((offset, c)) = chars.next() {
            let joins = match c {
                '-' | '+' | '.' | '%' => true,
                // Two of them, or one and a star, begin a comment.
                '/' => chars.peek().is_some_and(|(_, next)| is_letter(*next)),
                c => is_letter(c),
            };
            if !joins {
                return from + offset;
            }
        }
        self.text.len()
    }

    fn word(&mut self) -> Outcome {
        let end = self.end_of_run(self.at);
        let written = self.written(end);
        if written.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return self.push(Token::Word, end);
        }
        let found = shortened(written);
        let names_field = self
            .text
            .get(end..)
            .is_some_and(|after| after.trim_start_matches(is_space).starts_with(':'));
        let help = if names_field {
            "names of fields are letters, digits and `_`".to_owned()
        } else {
            format!("texts stand in double quotes: \"{found}\"")
        };
        self.mistake(end, format!("`{found}` is no word of the format"), help)?;
        self.push(Token::Bad, end)
    }

    fn number(&mut self) -> Outcome {
        let end = self.end_of_run(self.at);
        let written = self.written(end);
        if is_number(written) {
            return self.push(Token::Number, end);
        }
        let found = shortened(written);
        self.mistake(
            end,
            format!("`{found}` is not a number"),
            format!("addresses and quantities stand in double quotes: \"{found}\""),
        )?;
        self.push(Token::Bad, end)
    }

    /// A character that begins nothing in RON.
    fn stray(&mut self, c: char, end: usize) -> Outcome {
        if let Some(closing) = other_quote(c) {
            let line = self.rest().lines().next().unwrap_or_default();
            let inside = line.get(c.len_utf8()..).unwrap_or_default();
            let (inside, end) = match inside.split_once(closing) {
                Some((inside, _)) => (inside, end + inside.len() + closing.len_utf8()),
                None => (inside, self.at + line.len()),
            };
            let help = format!("texts stand in double quotes: \"{}\"", shortened(inside));
            self.mistake(end, format!("the quote {c} has no meaning here"), help)?;
            return self.push(Token::Bad, end);
        }
        let message = format!("the character {c:?} has no meaning here");
        let (token, end, help) = match c {
            '=' => (Some(Token::Colon), end, "a field is written name: value"),
            ';' => (Some(Token::Comma), end, "values are separated by `,`"),
            c if c.is_whitespace() => (None, end, "it looks like a space: replace it by one"),
            _ => {
                let run = self.end_of_run(end);
                let stands_for_value = matches!(
                    self.lexemes.last().map(|last| last.token),
                    Some(Token::Colon | Token::Comma | Token::Open(_))
                );
                let help = "texts, addresses and quantities stand in double quotes";
                (stands_for_value.then_some(Token::Bad), run, help)
            }
        };
        self.mistake(end, message, help.to_owned())?;
        match token {
            Some(token) => self.push(token, end),
            None => {
                self.at = end;
                Ok(())
            }
        }
    }

    fn skip_space(&mut self) -> Outcome {
        loop {
            self.at = self.text.len() - self.rest().trim_start_matches(is_space).len();
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
        let bytes = self.text.as_bytes();
        let (mut depth, mut at) = (0u32, self.at);
        while let Some(pair) = bytes.get(at..at + 2) {
            match pair {
                b"/*" => depth += 1,
                b"*/" => depth -= 1,
                _ => {
                    at += 1;
                    continue;
                }
            }
            at += 2;
            if depth == 0 {
                self.at = at;
                return Ok(());
            }
        }
        self.hopeless_at(self.at + 2, "this comment is never closed")
    }

    fn text(&mut self) -> Outcome {
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return self.push(Token::Text, self.at + offset + 1),
                _ => {}
            }
        }
        self.hopeless_at(self.at + 1, "this text is never closed with a `\"`")
    }

    fn raw_text(&mut self) -> Outcome {
        let hashes = self.rest().chars().skip(1).take_while(|c| *c == '#').count();
        let body = self.at + 1 + hashes;
        if !self.text.get(body..).unwrap_or_default().starts_with('"') {
            return self.hopeless_at(body, "a raw text is written r\"…\" or r#\"…\"#");
        }
        let closing = format!("\"{}", "#".repeat(hashes));
        match self.text.get(body + 1..).unwrap_or_default().find(&closing) {
            Some(length) => self.push(Token::RawText, body + 1 + length + closing.len()),
            None => {
                let message = format!("this raw text is never closed with {}", shortened(&closing));
                self.hopeless_at(body + 1, message)
            }
        }
    }

    /// RON's extensions, which stand in front and change nothing for a scenario; anything else
    /// that begins so is a comment of another language.
    fn attribute(&mut self) -> Outcome {
        let line = self.rest().lines().next().unwrap_or_default();
        if self.lexemes.is_empty()
            && let Some((inside, _)) = line
                .strip_prefix("#![enable(")
                .and_then(|rest| rest.split_once(")]"))
            && inside
                .split(',')
                .all(|name| EXTENSIONS.contains(&name.trim_matches(is_space)))
        {
            self.at += "#![enable(".len() + inside.len() + ")]".len();
            return Ok(());
        }
        let end = self.at + line.len();
        let message = format!("`{}` has no meaning here", shortened(line));
        self.mistake(end, message, "comments begin with //".to_owned())?;
        self.at = end;
        Ok(())
    }
}
