use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_causeway-gui"))
        .args(arguments)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .output()
        .expect("the program starts")
}

fn complaint(output: &Output) -> String {
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
#[cfg(target_os = "linux")]
fn without_a_display_one_line_points_to_the_terminal_program() {
    let output = run(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        complaint(&output),
        "causeway-gui: no window can be opened here: there is no display; `causeway open` shows the same labs in a \
         terminal\n"
    );
}

#[test]
fn a_mistyped_lab_suggests_the_nearest() {
    let output = run(&["region-to-regio"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        complaint(&output),
        "error: no file and no shipped lab is called `region-to-regio`; did you mean `region-to-region`?\n\
         help: `causeway labs` lists the shipped ones\n"
    );
}

#[test]
fn a_wrong_file_is_told_by_line_and_column() {
    let file = std::env::temp_dir().join(format!("causeway-gui-{}.ron", std::process::id()));
    std::fs::write(&file, "Lab(\n    schema: 1,\n    nmae: \"mine\",\n)\n").expect("it can be written");
    let name = file.display().to_string();
    let output = run(&[&name]);
    std::fs::remove_file(&file).expect("it was written");
    assert_eq!(output.status.code(), Some(2));
    let complaint = complaint(&output);
    let place = format!("({name}:3:5)");
    let unknown = "error[scenario::unknown-field]: ";
    assert!(
        complaint
            .lines()
            .any(|line| line.starts_with(unknown) && line.contains(&place)),
        "{complaint}"
    );
}

/// The map of a lab in a file of that ending, as bytes.
fn exported(ending: &str) -> Vec<u8> {
    let file = std::env::temp_dir().join(format!("causeway-gui-{}.{ending}", std::process::id()));
    let name = file.display().to_string();
    let output = run(&["vpn-two-routers", "--at", "2m", "--export", &name]);
    assert_eq!(complaint(&output), "");
    assert_eq!(output.status.code(), Some(0));
    let bytes = std::fs::read(&file).expect("it was written");
    std::fs::remove_file(&file).expect("it is there");
    bytes
}

#[test]
fn the_map_is_written_without_a_display_in_the_format_of_the_files_ending() {
    let text = |ending| String::from_utf8(exported(ending)).expect("it is text");
    let svg = text("svg");
    assert!(
        svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"),
        "{svg}"
    );
    assert!(svg.contains(">vpn-1/1</text>"));
    assert!(exported("png").starts_with(b"\x89PNG\r\n\x1a\n"));
    let mermaid = text("mmd");
    assert!(mermaid.starts_with("flowchart LR\n"), "{mermaid}");
    assert!(mermaid.contains("subgraph"));
    let graphviz = text("dot");
    assert!(graphviz.starts_with("graph lab {\n"), "{graphviz}");
    assert!(graphviz.contains("app-attachment"));
}

#[test]
fn a_file_whose_ending_says_nothing_is_refused_and_not_written() {
    let file = std::env::temp_dir().join(format!("causeway-gui-{}.bmp", std::process::id()));
    let name = file.display().to_string();
    let output = run(&["onprem-to-aws", "--export", &name]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        complaint(&output),
        format!(
            "error: `{name}` has no ending that says what to write\nhelp: end it in `.svg`, `.png`, `.mmd`, `.dot`\n"
        )
    );
    assert!(!file.exists());
}

#[test]
fn help_names_what_can_be_said() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stdout);
    for words in [
        "[LAB]",
        "--seed <N>",
        "onprem-to-aws",
        "--export <FILE>",
        "--at <INSTANT>",
    ] {
        assert!(text.contains(words), "{text}");
    }
}
