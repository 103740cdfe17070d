//! Shows on a terminal that the command waits, and for how long already.
//!
//! Only on standard error, only when that is a terminal, and only for a wait that is not over at once.
//! The line is gone before anything else is written.

use std::future::Future;
use std::io::Write;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::output::printable;
use crate::process;

const FIRST_SHOWN_AFTER: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(125);
const FRAMES: [char; 8] = ['⣷', '⣯', '⣟', '⡿', '⢿', '⣻', '⣽', '⣾'];
const NAME_CHARS_MAX: usize = 40;
/// Returns to the start of the line and clears it.
const CLEAR: &str = "\r\u{1b}[K";

/// Whether the line is there: an interrupt must remove it from another thread.
static IS_SHOWN: AtomicBool = AtomicBool::new(false);

/// Waits, and shows it.
pub(crate) async fn while_waiting<T>(function: &str, wait: impl Future<Output = T>) -> T {
    if !process::errors_are_on_a_screen() {
        return wait.await;
    }
    let mut wait = pin!(wait);
    let start = Instant::now();
    let mut ticks = interval_at(start + FIRST_SHOWN_AFTER, TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut frames = FRAMES.iter().cycle();
    let outcome = loop {
        tokio::select! {
            outcome = &mut wait => break outcome,
            _ = ticks.tick() => {
                if let Some(frame) = frames.next() {
                    show(&line(*frame, function, start.elapsed()));
                }
            }
        }
    };
    erase();
    outcome
}

/// Removes the line, if there is one.
pub(crate) fn erase() {
    if IS_SHOWN.swap(false, Ordering::SeqCst) {
        write(CLEAR);
    }
}

fn show(line: &str) {
    IS_SHOWN.store(true, Ordering::SeqCst);
    write(&format!("{CLEAR}{line}"));
}

fn write(text: &str) {
    let mut out = std::io::stderr().lock();
    // A terminal that went away has nothing to show.
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .ok();
}

fn line(frame: char, function: &str, elapsed: Duration) -> String {
    let name = printable(function.as_bytes()).replace(['\n', '\t'], " ");
    let short: String = name.chars().take(NAME_CHARS_MAX).collect();
    let dots = if short.len() < name.len() { "…" } else { "" };
    let seconds = elapsed.as_secs();
    let time = match seconds {
        0..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    };
    format!("{frame} {short}{dots}: waiting for the answer, {time}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_who_is_waited_for_and_how_long() {
        assert_eq!(
            line('x', "hello", Duration::from_millis(2900)),
            "x hello: waiting for the answer, 2 s"
        );
        assert_eq!(
            line('x', "hello", Duration::from_secs(605)),
            "x hello: waiting for the answer, 10 min 05 s"
        );
    }

    #[test]
    fn a_name_cannot_break_the_line() {
        let line = line('x', &format!("a\n\u{1b}[2J{}", "b".repeat(80)), TICK);

        assert!(!line.contains(['\n', '\u{1b}']), "{line}");
        assert!(line.contains('…'), "{line}");
    }
}
