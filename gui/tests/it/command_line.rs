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

#[test]
fn help_names_what_can_be_said() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stdout);
    for words in ["[LAB]", "--seed <N>", "onprem-to-aws"] {
        assert!(text.contains(words), "{text}");
    }
}
