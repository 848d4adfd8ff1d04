//! The lesson in the documentation, typed as it stands there.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::SIZE;
use super::screen::{Home, Screen};

/// A fenced block: its kind, and its lines.
struct Block<'t> {
    kind: &'t str,
    lines: Vec<&'t str>,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(kind), None) => {
                let lines = Vec::new();
                open = Some(Block { kind, lines });
            }
            (None, Some(block)) => block.lines.push(line.trim()),
            (None, None) => {}
        }
    }
    blocks
}

#[test]
fn the_lesson_goes_as_it_is_written() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/walkthrough.md");
    let text = fs::read_to_string(path).expect("docs/walkthrough.md is there");
    let home = Home::new();
    home.write_config("Config(hints: false)");
    let mut screen: Option<Screen> = None;
    let (mut n_keys, mut n_lines) = (0, 0);
    for block in blocks(&text) {
        match block.kind {
            "keys" => {
                let screen = screen.as_mut().expect("the dashboard is open");
                let keys = block.lines.concat().replace('⏎', "\r");
                screen.press(&keys);
                n_keys += 1;
                if keys == "q" {
                    screen.wait_for_the_end();
                }
            }
            "screen" => {
                let screen = screen.as_mut().expect("the dashboard is open");
                for line in block.lines {
                    screen.wait_for(line);
                    n_lines += 1;
                }
            }
            "console" => {
                let mut told = String::new();
                for line in block.lines {
                    let Some(command) = line.strip_prefix("$ causeway ") else {
                        assert!(told.contains(line), "{line:?} is not in\n{told}");
                        n_lines += 1;
                        continue;
                    };
                    let args: Vec<&str> = command.split(' ').collect();
                    if args[0] == "open" {
                        screen = Some(Screen::open_with(SIZE, &args, |command| {
                            home.is_of(command);
                            command.cwd(home.folder());
                        }));
                        continue;
                    }
                    let output = Command::new(crate::cli::program())
                        .args(&args)
                        .current_dir(home.folder())
                        .output()
                        .expect("the program starts");
                    assert!(
                        output.status.success(),
                        "{command}: {}",
                        String::from_utf8_lossy(&output.stderr)
                    );
                    told = String::from_utf8_lossy(&output.stdout).into_owned();
                }
            }
            other => panic!("nobody runs a block of {other:?}"),
        }
    }
    assert!(n_keys > 10 && n_lines > 15, "{n_keys} {n_lines}");
}
