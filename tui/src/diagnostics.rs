//! What is wrong with a lab, for people (the line, the place and the way out) and for programs.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;
use sim_core::scenario::{Diagnostic, Severity, Texts};

/// All of them, rendered as compilers do, one below the other.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], texts: &Texts) -> String {
    let renderer = Renderer::styled();
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&one(diagnostic, texts, &renderer));
        text.push_str("\n\n");
    }
    text
}

fn one(diagnostic: &Diagnostic, texts: &Texts, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.as_str());
    let source = texts
        .get(&diagnostic.file)
        .filter(|_| !diagnostic.labels.is_empty());
    let group = match source {
        Some(source) => {
            let labels = diagnostic.labels.iter().enumerate().map(|(place, label)| {
                let kind = if place == 0 {
                    AnnotationKind::Primary
                } else {
                    AnnotationKind::Context
                };
                kind.span(within(source, &label.span)).label(label.text.as_str())
            });
            title.element(
                Snippet::source(source.as_str())
                    .path(diagnostic.file.as_str())
                    .annotations(labels),
            )
        }
        None => {
            let origin = annotate_snippets::Origin::path(diagnostic.file.as_str());
            title.element(origin)
        }
    };
    let mut report = vec![group];
    if let Some(help) = &diagnostic.help {
        report.push(Group::with_title(Level::HELP.secondary_title(help.as_str())));
    }
    renderer.render(&report)
}

/// The range cut to the text and to whole letters, whatever the text is by now.
fn within(source: &str, span: &core::ops::Range<usize>) -> core::ops::Range<usize> {
    let mut start = span.start.min(source.len());
    let mut end = span.end.clamp(start, source.len());
    while !source.is_char_boundary(start) {
        start -= 1;
    }
    while !source.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// What `check` says to programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether every lab can be built.
    pub ok: bool,
    /// Everything that is wrong, in the order of the labs and of their text.
    pub diagnostics: Vec<Row>,
}

/// A diagnostic as programs read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    severity: &'static str,
    code: &'static str,
    message: String,
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    help: Option<String>,
}

impl Row {
    /// A lab that could not be read at all.
    #[must_use]
    pub fn unread(file: &str, message: &str, help: Option<String>) -> Self {
        Self {
            severity: Severity::Error.as_str(),
            code: "source::unreadable",
            message: message.to_owned(),
            file: file.to_owned(),
            line: None,
            column: None,
            help,
        }
    }
}

impl From<&Diagnostic> for Row {
    fn from(diagnostic: &Diagnostic) -> Self {
        let at = diagnostic.labels.first();
        Self {
            severity: diagnostic.severity.as_str(),
            code: diagnostic.code.as_str(),
            message: diagnostic.message.clone(),
            file: diagnostic.file.clone(),
            line: at.map(|label| label.line),
            column: at.map(|label| label.column),
            help: diagnostic.help.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use sim_core::scenario::{load, shipped_base};

    use super::*;

    #[test]
    fn the_place_is_shown_with_the_way_out() {
        let text = "Lab(\n    schema: 1,\n    nam: \"x\",\n)\n";
        let diagnostics = load(text, "mine.ron", &shipped_base).expect_err("a broken lab");
        let texts = Texts::from([("mine.ron".to_owned(), text.to_owned())]);
        let shown = anstream::adapter::strip_str(&render(&diagnostics, &texts)).to_string();
        assert!(shown.contains("error[scenario::unknown-field]"), "{shown}");
        assert!(shown.contains("--> mine.ron:3:5"), "{shown}");
        assert!(shown.contains("nam: \"x\""), "{shown}");
        assert!(shown.contains("name"), "{shown}");
    }

    #[test]
    fn ranges_outside_of_the_text_are_cut() {
        assert_eq!(within("aé", &(2..9)), 1..3);
        assert_eq!(within("", &(5..7)), 0..0);
    }
}
