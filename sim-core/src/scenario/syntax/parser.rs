//! Tokens to the tree. Goes on after a mistake where it can, so that several show at once.

use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{Place, Problem, Problems};

use super::escape::unescaped;
use super::lexer::{Lexed, MOST_MISTAKES, lex};
use super::node::{Arguments, Field, Kind, Node, shortened};
use super::token::{Bracket, Lexeme, Token};

/// Words that are values by themselves, so that RON has no brackets after them.
const WITHOUT_BRACKETS: &[&str] = &[
    "true", "false", "None", "inf", "inff32", "inff64", "NaN", "NaNf32", "NaNf64",
];

/// Reads `text` into a tree; `None` where it does not follow the notation, which has then been
/// reported.
pub(in crate::scenario) fn parse(text: &str, file: u8, problems: &mut Problems) -> Option<Node> {
    let Lexed { lexemes, mistakes } = lex(text, file, problems)?;
    let mut parser = Parser {
        text,
        file,
        lexemes: &lexemes,
        at: 0,
        mistakes,
        problems,
    };
    if parser.peek().token == Token::End {
        if mistakes == 0 {
            parser.empty();
        }
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
        self.mistakes += 1;
        if self.mistakes > MOST_MISTAKES {
            return;
        }
        let mut problem = Problem::error(Code::Syntax, self.place(lexeme), message);
        if let Some(opened) = opened {
            problem = problem.also(self.place(opened), "opened here");
        }
        self.problems.push(problem);
    }

    fn empty(&mut self) {
        let end = self.place(self.peek());
        self.problems.push(
            Problem::error(Code::Empty, end, "the file holds no lab")
                .help("a scenario is written Lab(schema: 1, name: \"…\", …); `causeway labs copy` gives one to start from"),
        );
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
            Token::Bad => {
                self.take();
                Kind::Bad
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
                Token::Comma
                | Token::Colon
                | Token::Word
                | Token::Number
                | Token::Text
                | Token::RawText
                | Token::Bad => {}
            }
            self.take();
        }
    }

    fn word(&mut self) -> Result<Kind, Hopeless> {
        let lexeme = self.take();
        let word = self.written(lexeme);
        if self.peek().token == Token::Open(Bracket::Round) {
            if WITHOUT_BRACKETS.contains(&word) {
                self.mistake(self.peek(), format!("`{word}` takes no brackets"), None);
            }
            let group = self.group(Some(word))?;
            return Ok(if word == "Some" {
                self.some(lexeme, group)
            } else {
                group
            });
        }
        Ok(match word {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "None" => Kind::Absent,
            "Some" => self.some(lexeme, Kind::Bad),
            word => Kind::Word(word.to_owned()),
        })
    }

    /// `Some(value)` is RON's way to say that an optional value is there.
    fn some(&mut self, word: Lexeme, group: Kind) -> Kind {
        if let Kind::Group {
            arguments: Arguments::Positional(mut values),
            ..
        } = group
            && values.len() == 1
            && let Some(value) = values.pop()
        {
            return value.kind;
        }
        self.mistake(word, "`Some` holds one value: Some(value)", None);
        Kind::Bad
    }

    fn group(&mut self, name: Option<&str>) -> Result<Kind, Hopeless> {
        let opened = self.take();
        let (mut named, mut positional) = (Vec::new(), Vec::new());
        while !self.closes(Bracket::Round, opened)? {
            if self.at_field(positional.is_empty()) {
                named.extend(self.field()?);
            } else {
                positional.push(self.value()?);
            }
            self.separator(Bracket::Round, opened)?;
        }
        let arguments = if named.is_empty() && !positional.is_empty() {
            Arguments::Positional(positional)
        } else {
            // Those that are bad were complained about already.
            if let Some(bare) = positional.iter().find(|node| !matches!(node.kind, Kind::Bad)) {
                let message = "this value has no field name, but others in the brackets do";
                let lexeme = Lexeme {
                    token: Token::Word,
                    start: bare.place.start,
                    end: bare.place.end,
                };
                self.mistake(lexeme, message, Some(opened));
            }
            Arguments::Named(named)
        };
        Ok(Kind::Group {
            name: name.map(str::to_owned),
            arguments,
        })
    }

    /// Whether a field begins here, or what was probably meant as one.
    fn at_field(&self, only_fields_so_far: bool) -> bool {
        match (self.peek().token, self.ahead(1).token) {
            (Token::Word | Token::Bad | Token::Text, Token::Colon) => true,
            (
                Token::Word,
                Token::Word
                | Token::Number
                | Token::Text
                | Token::RawText
                | Token::Bad
                | Token::Open(Bracket::Square | Bracket::Curly),
            ) => only_fields_so_far,
            _ => false,
        }
    }

    /// `name: value`; nothing where the name was bad.
    fn field(&mut self) -> Result<Option<Field>, Hopeless> {
        let first = self.take();
        if first.token == Token::Text {
            self.mistake(first, "the name of a field stands without quotes", None);
        }
        if self.peek().token == Token::Colon {
            self.take();
        } else {
            let message = format!(
                "expected `:` between the field {} and its value, found {}",
                self.found(first),
                self.found(self.peek())
            );
            self.mistake(self.peek(), message, None);
        }
        let value = self.value()?;
        Ok((first.token == Token::Word).then(|| Field {
            name: self.written(first).to_owned(),
            place: self.place(first),
            value,
        }))
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
            | Token::RawText
            | Token::Bad => Ok(false),
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
            Token::Open(_) | Token::Word | Token::Number | Token::Text | Token::RawText | Token::Bad => {
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
            // Most likely the list is not closed, and what looks like its end is another's.
            Token::Colon if bracket == Bracket::Square => {
                let message = "a list holds no `:`; close it before, or put fields into `( )`";
                self.mistake(next, message, Some(opened));
                Err(Hopeless)
            }
            Token::Colon => {
                self.mistake(next, "expected `,` before `:`", Some(opened));
                self.recover()
            }
        }
    }

    fn unescape(&mut self, lexeme: Lexeme) -> Kind {
        let written = self.written(lexeme);
        let inside = written
            .get(1..written.len().saturating_sub(1))
            .unwrap_or_default();
        if let Some(text) = unescaped(inside) {
            return Kind::Text(text);
        }
        let message = "this text has a `\\` that begins no known escape; write `\\\\` for a backslash";
        self.mistake(lexeme, message, None);
        Kind::Bad
    }
}
