//! The dashboard as a person meets it: the program itself in a pseudo-terminal, driven by keys, read from the screen.

mod kept;
mod screen;
mod walkthrough;

use portable_pty::CommandBuilder;
use screen::Screen;

const SIZE: (u16, u16) = (120, 40);

#[test]
fn one_plays_breaks_a_link_sees_it_rewinds_branches_and_compares() {
    let mut screen = Screen::open(SIZE, &["open", "dx-vpn-backup"]);
    screen.wait_for("Causeway  dx-vpn-backup");
    screen.wait_for("paused");
    // Play, to an instant.
    screen.press("u5m\r");
    screen.wait_for("00:05:00.000");
    screen.wait_for("paused");
    // Fail a link, and see it on the map.
    screen.press("ilink_down dx-primary\r");
    screen.wait_for("1 fault");
    screen.press("u+10s\r");
    screen.wait_for("00:05:10.000");
    // The line, and the virtual interface on it.
    screen.wait_for("2 links down");
    screen.wait_for("╌✖");
    screen.press("2");
    screen.wait_for("tunnels up");
    screen.wait_for_line(&["✖ dx-primary", "down"]);
    // Rewind: the link is up again, and what was done lies ahead.
    screen.press("1u4m\r");
    screen.wait_for("00:04:00.000");
    screen.wait_without("links down");
    // Branch: here it stays up, and something else is done.
    screen.press("bquiet\r");
    screen.wait_for("on quiet, taken from main");
    screen.press("ilink_down isp-a\r");
    screen.wait_for("is injected");
    screen.press("u6m\r");
    screen.wait_for("00:06:00.000");
    // Go back to the first branch, let it come as far, compare.
    screen.press("Bg\r");
    screen.wait_for("on main at 00:04:00");
    screen.press("u6m\r");
    screen.wait_for("00:06:00.000");
    screen.wait_for("paused");
    screen.press("BGc");
    screen.wait_for("They part at 00:04:00.000");
    screen.wait_for_line(&["isp-a ", "up", "down"]);
    // Two links were broken, and that is in no file.
    screen.press("q");
    screen.wait_for("are not saved");
    screen.press("\r");
    screen.wait_for_the_end();
}

#[test]
fn the_terminal_is_given_back_as_it_was() {
    let mut screen = Screen::open(SIZE, &["open", "bgp-two-lines"]);
    screen.wait_for("bgp-two-lines");
    assert!(screen.is_alternate() && screen.has_mouse());
    screen.press("q");
    screen.wait_for_the_end();
    assert!(!screen.is_alternate() && !screen.has_mouse(), "{screen}");
}

#[test]
fn the_first_time_it_leads_and_then_no_more() {
    let home = screen::Home::new();
    let mut first = Screen::open_with(SIZE, &["open", "bgp-two-lines"], |command| home.is_of(command));
    first.wait_for("1 of 3: play");
    first.press("]");
    first.wait_for("2 of 3: fail");
    first.press("ilink_down\r");
    first.wait_for("3 of 3: rewind");
    first.press("[");
    first.wait_without("of 3:");
    first.press("q");
    first.wait_for("is not saved");
    first.press("\r");
    first.wait_for_the_end();
    let mut second = Screen::open_with(SIZE, &["open", "bgp-two-lines"], |command| home.is_of(command));
    second.wait_for("A session was left unsaved");
    second.press("\u{1b}");
    second.wait_for("Space run");
    assert!(!second.text().contains("of 3:"), "{second}");
    second.press("q");
    second.wait_for_the_end();
}

#[test]
fn a_settings_file_is_heeded_and_a_bad_one_is_told_of() {
    let home = screen::Home::new();
    home.write_config(r#"Config(view: "bgp", hints: false)"#);
    let mut screen = Screen::open_with(SIZE, &["open", "bgp-two-lines"], |command| home.is_of(command));
    screen.wait_for("cgw-1/primary");
    screen.press("q");
    screen.wait_for_the_end();
    home.write_config("Config(view: 7)");
    let mut screen = Screen::open_with(SIZE, &["open", "bgp-two-lines"], |command| home.is_of(command));
    screen.wait_for("config.ron:1:");
    screen.press("q");
    screen.wait_for_the_end();
    // On the screen that is left it is still to be read.
    screen.wait_for("warning: ");
}

#[test]
fn no_colour_is_no_colour() {
    let home = screen::Home::new();
    let mut screen = Screen::open_with(
        SIZE,
        &["open", "dx-vpn-backup"],
        |command: &mut CommandBuilder| {
            home.is_of(command);
            command.env("NO_COLOR", "1");
        },
    );
    screen.wait_for("dx-vpn-backup");
    for key in ["1", "2", "3", "8", "0", "?"] {
        screen.press(key);
        screen.settle();
        assert!(screen.is_without_colour(), "{screen}");
    }
    // An escape that a letter follows at once is that letter with Alt held.
    screen.press("\u{1b}");
    screen.wait_without("Esc back");
    screen.press("q");
    screen.wait_for_the_end();
}

#[test]
fn labs_are_browsed_and_another_is_opened() {
    let mut screen = Screen::open(SIZE, &["open", "bgp-two-lines"]);
    screen.wait_for("bgp-two-lines");
    screen.press("L");
    screen.wait_for("Labs: ");
    screen.press("data-centre");
    screen.wait_for("A data centre with two of everything");
    screen.press("\r");
    screen.wait_for("Causeway  data-centre");
    screen.press("q");
    screen.wait_for_the_end();
}

#[test]
fn a_screen_that_is_too_small_says_so_and_one_that_grows_is_drawn_again() {
    let mut screen = Screen::open((50, 12), &["open", "bgp-two-lines"]);
    screen.wait_for("too small: 50x12");
    screen.resize((80, 24));
    screen.wait_for("1 Map");
    screen.press("q");
    screen.wait_for_the_end();
}
