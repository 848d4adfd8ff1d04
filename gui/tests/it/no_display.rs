use std::process::Command;

#[test]
fn without_a_display_one_line_points_to_the_terminal_program() {
    let output = Command::new(env!("CARGO_BIN_EXE_causeway-gui"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "causeway-gui: no window can be opened here: there is no display; `causeway open` shows the same labs in a \
         terminal\n"
    );
}
