//! The person at the controlling terminal, who may be asked for a password or a code.
//!
//! A password is typed unseen. An interrupt must not leave the terminal that way, so what it was like is
//! kept for as long as somebody types.

use std::fs::File;
use std::sync::{Mutex, PoisonError};

use credentials::{Prompt, Terminal};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// The terminal and how it was before somebody was asked.
static BEFORE: Mutex<Option<(File, Termios)>> = Mutex::new(None);

/// Asks with [`Terminal`], in a way that an interrupt can undo.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person;

impl Prompt for Person {
    fn visible(&self, question: &str) -> std::io::Result<String> {
        Terminal.visible(question)
    }

    fn hidden(&self, question: &str) -> std::io::Result<String> {
        let terminal = File::open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        keep(Some((terminal, before)));
        let answer = Terminal.hidden(question);
        restore();
        answer
    }
}

/// Gives the terminal back as it was, if somebody is still being asked.
pub(crate) fn restore() {
    if let Some((terminal, before)) = keep(None) {
        // A terminal that went away needs nothing.
        tcsetattr(&terminal, OptionalActions::Now, &before).ok();
    }
}

fn keep(before: Option<(File, Termios)>) -> Option<(File, Termios)> {
    let mut kept = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut kept, before)
}
