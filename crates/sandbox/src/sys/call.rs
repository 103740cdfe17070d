#![expect(unsafe_code, reason = "system calls as values")]
//! System calls as values: whoever is to make them, this process or another one, makes the same.

use std::fmt::Write as _;
use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::check;

/// No system call takes more.
const ARGUMENTS_MAX: usize = 6;

/// One instruction of a filter: operation, two jump distances, an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Instruction {
    pub(crate) operation: u16,
    pub(crate) jump_true: u8,
    pub(crate) jump_false: u8,
    pub(crate) operand: u32,
}

const _: () = assert!(size_of::<Instruction>() == size_of::<libc::sock_filter>());

impl Instruction {
    fn to_bytes(self) -> [u8; 8] {
        let mut bytes = [0; 8];
        let (operation, rest) = bytes.split_at_mut(2);
        operation.copy_from_slice(&self.operation.to_ne_bytes());
        let (jumps, operand) = rest.split_at_mut(2);
        jumps.copy_from_slice(&[self.jump_true, self.jump_false]);
        operand.copy_from_slice(&self.operand.to_ne_bytes());
        bytes
    }
}

/// What a call gives the kernel.
#[derive(Debug, Clone)]
pub(super) enum Argument<'a> {
    Number(u64),
    /// A pointer to these bytes, which the kernel reads.
    Bytes(Vec<u8>),
    /// A pointer to a filter's length and a pointer to its instructions (`sock_fprog`).
    Filter(Vec<Instruction>),
    Descriptor(BorrowedFd<'a>),
    /// Each number below this one, the smallest first, with one call for each. The last argument only.
    EachBelow(u64),
}

/// A system call that says only whether it succeeded.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    number: libc::c_long,
    arguments: Vec<Argument<'a>>,
    /// The error that is as good as success.
    tolerated: Option<i32>,
}

impl<'a> Call<'a> {
    /// The kernel may read what the arguments point at, and write nowhere. [`super`] alone knows calls of that kind.
    pub(super) fn new(number: libc::c_long, arguments: Vec<Argument<'a>>) -> Self {
        Self {
            number,
            arguments,
            tolerated: None,
        }
    }

    /// A call with numbers.
    pub(super) fn with_numbers(number: libc::c_long, numbers: &[u64]) -> Self {
        let arguments = numbers.iter().map(|number| Argument::Number(*number));
        Self::new(number, arguments.collect())
    }

    /// The same call, for which an error is as good as success.
    pub(crate) fn tolerating(self, errno: i32) -> Self {
        Self {
            tolerated: Some(errno),
            ..self
        }
    }

    /// Makes the call.
    pub(crate) fn make(&self) -> io::Result<()> {
        let mut programs = Vec::with_capacity(ARGUMENTS_MAX);
        for argument in &self.arguments {
            if let Argument::Filter(instructions) = argument {
                programs.push(libc::sock_fprog {
                    len: u16::try_from(instructions.len())
                        .map_err(|_| io::ErrorKind::InvalidInput)?,
                    filter: instructions.as_ptr().cast_mut().cast(),
                });
            }
        }
        let mut programs = programs.iter();
        let mut words = [0_u64; ARGUMENTS_MAX];
        for (word, argument) in words.iter_mut().zip(&self.arguments) {
            *word = match argument {
                Argument::Number(number) => *number,
                Argument::Bytes(bytes) => bytes.as_ptr() as u64,
                Argument::Filter(_) => programs
                    .next()
                    .map_or(0, |program| std::ptr::from_ref(program) as u64),
                Argument::Descriptor(fd) => u64::from(fd.as_raw_fd().cast_unsigned()),
                Argument::EachBelow(_) => 0,
            };
        }
        let last = self.arguments.len().saturating_sub(1);
        if let Some(Argument::EachBelow(end)) = self.arguments.last() {
            for number in 0..*end {
                if let Some(word) = words.get_mut(last) {
                    *word = number;
                }
                self.make_with(words)?;
            }
            return Ok(());
        }
        self.make_with(words)
    }

    fn make_with(&self, words: [u64; ARGUMENTS_MAX]) -> io::Result<()> {
        // SAFETY: by the promise of `new`'s callers the kernel only reads through the pointers, which are to bytes, programs and
        // instructions that `make` has alive, in the sizes that the call's other arguments say.
        let result = unsafe {
            libc::syscall(
                self.number,
                words[0],
                words[1],
                words[2],
                words[3],
                words[4],
                words[5],
            )
        };
        match check(result) {
            Err(error) if error.raw_os_error() != self.tolerated => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Writes the call as one line for another process: its number, the tolerated error or 0, and the arguments, each
    /// with a letter for its kind before it. A descriptor is its place among `descriptors`, where it is added.
    pub(crate) fn write(&self, text: &mut String, descriptors: &mut Vec<BorrowedFd<'a>>) {
        let mut line = vec![
            self.number.to_string(),
            self.tolerated.unwrap_or(0).to_string(),
        ];
        line.extend(self.arguments.iter().map(|argument| match argument {
            Argument::Number(number) => format!("n{number}"),
            Argument::Bytes(bytes) => hexadecimal('b', bytes),
            Argument::Filter(instructions) => {
                let bytes = instructions.iter().flat_map(|one| one.to_bytes());
                hexadecimal('p', &bytes.collect::<Vec<u8>>())
            }
            Argument::Descriptor(fd) => {
                descriptors.push(*fd);
                format!("d{}", descriptors.len() - 1)
            }
            Argument::EachBelow(end) => format!("u{end}"),
        }));
        text.push_str(&line.join(" "));
        text.push('\n');
    }
}

fn hexadecimal(kind: char, bytes: &[u8]) -> String {
    bytes.iter().fold(kind.to_string(), |mut text, byte| {
        // Writing into a string cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn a_call_says_what_the_kernel_said_unless_that_is_tolerated() {
        let call = Call::with_numbers(libc::SYS_close, &[1 << 30]);

        let error = call.make().unwrap_err();

        assert_eq!(error.raw_os_error(), Some(libc::EBADF));
        call.tolerating(libc::EBADF).make().unwrap();
    }

    #[test]
    fn a_call_is_a_line_and_its_descriptors_are_numbered() {
        let file = File::open("/dev/null").unwrap();
        let mut descriptors = vec![file.as_fd()];
        let mut text = String::new();
        let filter = Instruction {
            operation: 0x0006,
            jump_true: 1,
            jump_false: 2,
            operand: 0x7fff_0000,
        };
        let arguments = vec![
            Argument::Number(7),
            Argument::Descriptor(file.as_fd()),
            Argument::Bytes(vec![0, 255]),
            Argument::Filter(vec![filter]),
        ];

        let call = Call::new(317, arguments).tolerating(1);
        call.write(&mut text, &mut descriptors);

        let program = if cfg!(target_endian = "little") {
            "060001020000ff7f"
        } else {
            "000601027fff0000"
        };
        let expected = format!("317 1 n7 d1 b00ff p{program}\n");
        assert_eq!((text, descriptors.len()), (expected, 2));
    }
}
