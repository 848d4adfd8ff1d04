//! Tokens to the tree. Goes on after a mistake where it can, so that several show at once.

use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{Place, Problem, Problems};

use super::lexer::{Bracket, Lexeme, Token, lex};
use super::node::{Arguments, Field, Kind, Node, shortened};

/// Mistakes after these are most likely consequences.
const MOST_MISTAKES: usize = 5;

/// Reads `text` into a tree; `None` where it does not follow the notation, which has then been
/// reported.
pub(in crate::scenario) fn parse(text: &str, file: u8, problems: &mut Problems) -> Option<Node> {
    let lexemes = lex(text, file, problems)?;
    let mut parser = Parser {
        text,
        file,
        lexemes: &lexemes,
        at: 0,
        mistakes: 0,
        problems,
    };
    if parser.peek().token == Token::End {
        let end = parser.place(parser.peek());
        parser.problems.push(
            Problem::error(Code::Empty, end, "the file holds no lab")
                .help("a scenario is written Lab(schema: 1, name: \"…\", …); `causeway labs copy` gives one to start from"),
        );
        return None;
    }
    let node = parser.value().ok();
    if parser.mistakes == 0 && parser.peek().token != Token::End {
        parser.mistake(parser.peek(), "the lab is complete, but more text follows", None);
    }
    node.filter(|_| parser.mistakes == 0)
}

/// Too much is wrong to go on.
struct Hopeless;

struct Parser<'t, 'p> {
    text: &'t str,
    file: u8,
    lexemes: &'t [Lexeme],
    at: usize,
    mistakes: usize,
    problems: &'p mut Problems,
}

impl<'t> Parser<'t, '_> {
    fn peek(&self) -> Lexeme {
        self.ahead(0)
    }
    /// The token after `n` more; the last one for ever.
    fn ahead(&self, n: usize) -> Lexeme {
        let end = Lexeme {
            token: Token::End,
            start: 0,
            end: 0,
        };
        self.lexemes
            .get(self.at + n)
            .or(self.lexemes.last())
            .copied()
            .unwrap_or(end)
    }
    fn take(&mut self) -> Lexeme {
        let lexeme = self.peek();
        self.at += 1;
        lexeme
    }
    fn place(&self, lexeme: Lexeme) -> Place {
        Place {
            file: self.file,
            start: lexeme.start,
            end: lexeme.end,
        }
    }
    fn written(&self, lexeme: Lexeme) -> &'t str {
        self.text
            .get(lexeme.start as usize..lexeme.end as usize)
            .unwrap_or_default()
    }
    fn found(&self, lexeme: Lexeme) -> String {
        match lexeme.token {
            Token::End => "the end of the file".to_owned(),
            _ => format!("`{}`", shortened(self.written(lexeme))),
        }
    }
    fn mistake(&mut self, lexeme: Lexeme, message: impl Into<String>, opened: Option<Lexeme>) {
        let mut problem = Problem::error(Code::Syntax, self.place(lexeme), message);
        if let Some(opened) = opened {
            problem = problem.also(self.place(opened), "opened here");
        }
        self.problems.push(problem);
        self.mistakes += 1;
    }

    fn value(&mut self) -> Result<Node, Hopeless> {
        let first = self.peek();
        let kind = match first.token {
            Token::Open(Bracket::Round) => self.group(None)?,
            Token::Open(Bracket::Square) => self.list()?,
            Token::Open(Bracket::Curly) => self.map()?,
            Token::Word => self.word()?,
            Token::Number => {
                self.take();
                Kind::Number(self.written(first).replace('_', ""))
            }
            Token::Text => {
                self.take();
                self.unescape(first)
            }
            Token::RawText => {
                self.take();
                let body = self.written(first).trim_start_matches('r').trim_matches('#');
                Kind::Text(
                    body.get(1..body.len().saturating_sub(1))
                        .unwrap_or_default()
                        .to_owned(),
                )
            }
            Token::Close(_) | Token::Comma | Token::Colon | Token::End => {
                self.mistake(
                    first,
                    format!("expected a value, found {}", self.found(first)),
                    None,
                );
                self.recover()?;
                Kind::Bad
            }
        };
        let last = self
            .lexemes
            .get(self.at.saturating_sub(1))
            .map_or(first.end, |lexeme| lexeme.end);
        Ok(Node {
            kind,
            place: Place {
                file: self.file,
                start: first.start,
                end: last.max(first.end),
            },
        })
    }

    /// Goes to the next comma or closing bracket of the present depth.
    fn recover(&mut self) -> Result<(), Hopeless> {
        if self.mistakes >= MOST_MISTAKES {
            return Err(Hopeless);
        }
        let mut depth = 0usize;
        loop {
            match self.peek().token {
                Token::End => return Err(Hopeless),
                Token::Comma if depth == 0 => return Ok(()),
                Token::Close(_) if depth == 0 => return Ok(()),
                Token::Open(_) => depth += 1,
                Token::Close(_) => depth -= 1,
                Token::Comma | Token::Colon | Token::Word | Token::Number | Token::Text | Token::RawText => {}
            }
            self.take();
        }
    }

    fn word(&mut self) -> Result<Kind, Hopeless> {
        let lexeme = self.take();
        let word = self.written(lexeme);
        if self.peek().token == Token::Open(Bracket::Round) {
            let group = self.group(Some(word))?;
            return Ok(match group {
                // RON's way to say that an optional value is there.
                Kind::Group {
                    name: Some(name),
                    arguments: Arguments::Positional(mut values),
                } if name == "Some" && values.len() == 1 => values.pop().map_or(Kind::Bad, |node| node.kind),
                other => other,
            });
        }
        Ok(match word {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "None" => Kind::Absent,
            word => Kind::Word(word.to_owned()),
        })
    }

    fn group(&mut self, name: Option<&str>) -> Result<Kind, Hopeless> {
        let opened = self.take();
        let (mut named, mut positional) = (Vec::new(), Vec::new());
        while !self.closes(Bracket::Round, opened)? {
            let first = self.peek();
            if first.token == Token::Word && self.ahead(1).token == Token::Colon {
                self.take();
                self.take();
                named.push(Field {
                    name: self.written(first).to_owned(),
                    place: self.place(first),
                    value: self.value()?,
                });
            } else {
                positional.push(self.value()?);
            }
            self.separator(Bracket::Round, opened)?;
        }
        let arguments = match positional.first() {
            None => Arguments::Named(named),
            Some(_) if named.is_empty() => Arguments::Positional(positional),
            Some(bare) => {
                let (start, end) = (bare.place.start, bare.place.end);
                let lexeme = Lexeme {
                    token: Token::Word,
                    start,
                    end,
                };
                self.mistake(
                    lexeme,
                    "this value has no field name, but others in the brackets do",
                    Some(opened),
                );
                Arguments::Named(named)
            }
        };
        Ok(Kind::Group {
            name: name.map(str::to_owned),
            arguments,
        })
    }

    fn list(&mut self) -> Result<Kind, Hopeless> {
        let opened = self.take();
        let mut values = Vec::new();
        while !self.closes(Bracket::Square, opened)? {
            values.push(self.value()?);
            self.separator(Bracket::Square, opened)?;
        }
        Ok(Kind::List(values))
    }

    fn map(&mut self) -> Result<Kind, Hopeless> {
        let opened = self.take();
        let mut entries = Vec::new();
        while !self.closes(Bracket::Curly, opened)? {
            let key = self.value()?;
            let colon = self.peek();
            if colon.token == Token::Colon {
                self.take();
                entries.push((key, self.value()?));
            } else if !matches!(key.kind, Kind::Bad) {
                self.mistake(
                    colon,
                    format!(
                        "expected `:` and a value after this key, found {}",
                        self.found(colon)
                    ),
                    None,
                );
                self.recover()?;
            }
            self.separator(Bracket::Curly, opened)?;
        }
        Ok(Kind::Map(entries))
    }

    /// Takes the closing bracket if it is next.
    fn closes(&mut self, bracket: Bracket, opened: Lexeme) -> Result<bool, Hopeless> {
        let next = self.peek();
        match next.token {
            Token::Close(found) if found == bracket => {
                self.take();
                Ok(true)
            }
            Token::Close(_) => {
                let message = format!("expected `{}`, found {}", bracket.close(), self.found(next));
                self.mistake(next, message, Some(opened));
                Err(Hopeless)
            }
            Token::End => {
                let message = format!("this `{}` is never closed", bracket.open());
                self.mistake(opened, message, None);
                Err(Hopeless)
            }
            Token::Open(_)
            | Token::Comma
            | Token::Colon
            | Token::Word
            | Token::Number
            | Token::Text
            | Token::RawText => Ok(false),
        }
    }

    /// Takes the comma that stands between two values.
    fn separator(&mut self, bracket: Bracket, opened: Lexeme) -> Result<(), Hopeless> {
        let next = self.peek();
        match next.token {
            Token::Comma => {
                self.take();
                Ok(())
            }
            // Which of them is right or wrong is seen by whoever looks for the closing bracket.
            Token::Close(_) | Token::End => Ok(()),
            Token::Open(_) | Token::Word | Token::Number | Token::Text | Token::RawText => {
                let message = format!(
                    "expected `,` or `{}` before {}",
                    bracket.close(),
                    self.found(next)
                );
                self.mistake(next, message, None);
                if self.mistakes >= MOST_MISTAKES {
                    Err(Hopeless)
                } else {
                    Ok(())
                }
            }
            Token::Colon => {
                self.mistake(next, "expected `,` before `:`", Some(opened));
                self.recover()
            }
        }
    }

    fn unescape(&mut self, lexeme: Lexeme) -> Kind {
        let written = self.written(lexeme);
        let body = written
            .get(1..written.len().saturating_sub(1))
            .unwrap_or_default();
        if !body.contains('\\') {
            return Kind::Text(body.to_owned());
        }
        let mut text = String::with_capacity(body.len());
        let mut chars = body.chars();
        while let Some(c) = chars.next() {
            if c != '\\' {
                text.push(c);
                continue;
            }
            let meant = match chars.next() {
                Some('n') => Some('\n'),
                Some('t') => Some('\t'),
                Some('r') => Some('\r'),
                Some(c @ ('\\' | '"' | '\'')) => Some(c),
                Some('u') => unicode(&mut chars),
                _ => None,
            };
            let Some(meant) = meant else {
                self.mistake(
                    lexeme,
                    "this text has a `\\` that begins no known escape; write `\\\\` for a backslash",
                    None,
                );
                return Kind::Bad;
            };
            text.push(meant);
        }
        Kind::Text(text)
    }
}

/// `{1F600}` after `\u`.
fn unicode(chars: &mut core::str::Chars<'_>) -> Option<char> {
    let rest = chars.as_str().strip_prefix('{')?;
    let (digits, after) = rest.split_once('}')?;
    *chars = after.chars();
    (digits.len() <= 6)
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
        .and_then(char::from_u32)
}
