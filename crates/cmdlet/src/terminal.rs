//! The person at the controlling terminal, who may be asked for a password or a code.
//!
//! A password is typed unseen. An interrupt must not leave the terminal that way, at whatever moment it
//! comes: what the terminal was like is kept together with the change, and after an interrupt nothing is
//! changed any more.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Error, Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use credentials::Prompt;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// The controlling terminal, whatever standard input and output are.
const TERMINAL: &str = "/dev/tty";
const ANSWER_BYTES_MAX: u64 = 4096;

/// How the terminal is left when the command ends.
static STATE: Mutex<State> = Mutex::new(State::Untouched);

#[derive(Debug)]
enum State {
    Untouched,
    /// What is typed is not shown; this is how it was before.
    Unseen(File, Box<Termios>),
    /// The command ends: nobody is asked any more.
    GivenBack,
}

/// The person at the terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person;

impl Prompt for Person {
    fn visible(&self, question: &str) -> std::io::Result<String> {
        ask(&mut open()?, question)
    }

    fn hidden(&self, question: &str) -> std::io::Result<String> {
        let mut terminal = open()?;
        hide(terminal.try_clone()?)?;
        let answer = ask(&mut terminal, question);
        show(State::Untouched);
        answer
    }
}

/// Opens the terminal to ask somebody.
pub(crate) fn open() -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).open(TERMINAL)
}

/// Gives the terminal back as it was, and for good.
pub(crate) fn give_back() {
    show(State::GivenBack);
}

fn hide(terminal: File) -> std::io::Result<()> {
    let mut state = state();
    if matches!(*state, State::GivenBack) {
        return Err(Error::other("the command is being ended"));
    }
    let before = tcgetattr(&terminal)?;
    let mut unseen = before.clone();
    unseen.local_modes.remove(LocalModes::ECHO);
    unseen.local_modes.insert(LocalModes::ECHONL);
    tcsetattr(&terminal, OptionalActions::Flush, &unseen)?;
    *state = State::Unseen(terminal, Box::new(before));
    Ok(())
}

fn show(next: State) {
    if let State::Unseen(terminal, before) = std::mem::replace(&mut *state(), next) {
        // A terminal that went away needs nothing.
        tcsetattr(&terminal, OptionalActions::Now, &before).ok();
    }
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ask(terminal: &mut File, question: &str) -> std::io::Result<String> {
    write!(terminal, "{question}: ")?;
    terminal.flush()?;
    let mut line = Vec::new();
    BufReader::new(terminal)
        .take(ANSWER_BYTES_MAX)
        .read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(Error::other("nothing was entered"));
    }
    String::from_utf8(line).map_err(|_| Error::other("what was entered is not UTF-8"))
}
