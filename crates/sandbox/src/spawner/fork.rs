//! The command as a fork of a running process: a twin of the nursery is told the way into the sandbox.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};

use super::birth::Parts;
use super::passage::{Ends, Rights, Way, passage};
use crate::sys::process::enter_namespace;
use crate::sys::socket;
use crate::wire::{Failure, InStep};

/// The namespaces in the order in which they can be entered: being mighty in the first lets one enter the others.
const NAMESPACES: [&str; 7] = ["user", "mnt", "pid", "ipc", "uts", "net", "cgroup"];

/// A number, and a word about the way, are all that is said.
const ANSWER_BYTES_MAX: u64 = 1024;

/// Of what a command is a fork, and whether it will be forked itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of a mould.
    Fork,
    /// Of a mould, and it will.
    Snapshot,
    /// Of a snapshot, whose user namespace it is in already.
    Copy,
}

/// Sends the twin on its way and waits until it has arrived. Returns its process number, as a child of ours.
pub(super) fn start(parts: &Parts<'_>, twin: &OwnedFd, kind: Kind) -> Result<i32, Failure> {
    let (rights, way, entered) = match kind {
        Kind::Fork => (Rights::None, Way::Fork, 0),
        Kind::Snapshot => (Rights::ToEnterRelatives, Way::Fork, 0),
        Kind::Copy => (Rights::None, Way::Copy, 1),
    };
    let ends = Ends::open(rights)?;
    let namespaces = NAMESPACES
        .iter()
        .skip(entered)
        .map(|name| File::open(format!("/proc/self/ns/{name}")))
        .collect::<io::Result<Vec<_>>>()
        .in_step("open the namespaces")?;
    let (reports, report) = io::pipe().in_step("create a pipe")?;
    let mut text = String::new();
    let mut descriptors = vec![report.as_fd()];
    let mut names = vec!["enter a namespace"; namespaces.len()];
    for namespace in &namespaces {
        enter_namespace(namespace.as_fd()).write(&mut text, &mut descriptors);
    }
    text.push('\n');
    for (name, call) in passage(parts, rights, &ends, way)? {
        names.push(name);
        call.write(&mut text, &mut descriptors);
    }
    socket::send(twin.as_fd(), text.as_bytes(), &descriptors).in_step("tell the fork its way")?;
    // The end of the answer is where the last of the others closes it.
    drop(descriptors);
    drop(report);
    let mut answer = String::new();
    // A fork of a snapshot may run anything.
    reports
        .take(ANSWER_BYTES_MAX)
        .read_to_string(&mut answer)
        .in_step("wait for the fork")?;
    arrival(&answer, &names)
}

/// Reads what the fork and its parent said on the way: its number, and that it has arrived or what failed.
fn arrival(answer: &str, names: &[&str]) -> Result<i32, Failure> {
    let mut number = None;
    let mut has_arrived = false;
    for line in answer.lines() {
        let mut words = line.split(' ');
        let word = words.next();
        let mut numbers = words.filter_map(|word| word.parse::<i32>().ok());
        match word {
            // What it says is used for signals, by somebody who is process 1.
            Some("pid") => number = numbers.next().filter(|number| *number > 1),
            Some("done") => has_arrived = true,
            Some("failed") => {
                let index = numbers.next().and_then(|index| usize::try_from(index).ok());
                let name = index.and_then(|index| names.get(index).copied());
                let errno = numbers.next().unwrap_or(libc::EIO);
                let error = io::Error::from_raw_os_error(errno);
                return Err(Failure::step(name.unwrap_or("travel"), &error));
            }
            Some(_) | None => {}
        }
    }
    match number {
        Some(number) if has_arrived => Ok(number),
        Some(_) | None => {
            let gone = io::ErrorKind::UnexpectedEof.into();
            Err(Failure::step("wait for the fork", &gone))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_has_arrived_when_it_and_its_parent_say_so_in_any_order() {
        for answer in ["pid 3\ndone\n", "done\npid 3\n"] {
            assert_eq!(arrival(answer, &[]).ok(), Some(3), "{answer}");
        }
        for answer in [
            "",
            "pid 3\n",
            "done\n",
            "pid x\ndone\n",
            "pid -1\ndone\n",
            "pid 1\ndone\n",
        ] {
            let failure = arrival(answer, &[]).unwrap_err();
            assert_eq!(failure.detail, "wait for the fork", "{answer}");
        }
    }

    #[test]
    fn what_failed_on_the_way_has_a_name() {
        let names = ["enter a namespace", "set groups"];

        let failure = arrival("pid 3\nfailed 1 1\n", &names).unwrap_err();

        assert_eq!((failure.detail.as_str(), failure.errno), ("set groups", 1));
    }
}
