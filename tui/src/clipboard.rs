//! The clipboard of the terminal, wherever the program runs: the text is sent as part of the output, in the escape sequence
//! OSC 52, so that it comes through ssh and needs no other program.
//!
//! Source: "XTerm Control Sequences", Operating System Commands, `Ps = 52`.

use std::io::{self, Write};

/// Sends a text to the terminal's clipboard.
///
/// # Errors
/// Where the terminal cannot be written to.
pub fn copy(text: &str, terminal: &mut impl Write) -> io::Result<()> {
    write!(terminal, "\x1b]52;c;{}\x07", base64(text.as_bytes()))?;
    terminal.flush()
}

/// Base 64 (RFC 4648 section 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let byte = |n: usize| u32::from(part.get(n).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for n in 0..4 {
            if n <= part.len() {
                let sextet = (bits >> (18 - 6 * n)) & 63;
                text.push(char::from(LETTERS[sextet as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 4648 section 10.
    #[test]
    fn base_64_is_that_of_the_rfc() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (text, expected) in vectors {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }

    #[test]
    fn a_text_is_sent_in_one_sequence() {
        let mut sent = Vec::new();
        copy("foo", &mut sent).expect("memory can be written");
        assert_eq!(sent, b"\x1b]52;c;Zm9v\x07");
    }
}
