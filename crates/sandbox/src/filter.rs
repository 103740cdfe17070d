//! The system calls a command may make, as one program for the kernel.
//!
//! Nothing is allowed but what [`calls`] names. A balanced tree of comparisons keeps both the program and the way
//! through it short: the kernel runs the filter once per known system call when it is installed.

mod calls;

use crate::sys::call::Instruction;
use calls::ALLOWED;

/// linux/audit.h, `AUDIT_ARCH_*`: what the kernel says the calling convention is.
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

/// Newer calls than this (`file_setattr`) do not exist for a command: nobody has judged them yet, and a program that tries
/// one finds another way. Older ones that are not allowed were judged, and are not permitted.
const NEWEST_JUDGED: u32 = 469;

/// x86-64's second calling convention numbers its calls from here, past every list of plain numbers.
/// It lies above [`NEWEST_JUDGED`], so that one comparison answers both.
#[cfg(target_arch = "x86_64")]
const X32_FIRST: u32 = 0x4000_0000;
#[cfg(target_arch = "x86_64")]
const _: () = assert!(NEWEST_JUDGED < X32_FIRST);

// Offsets in `struct seccomp_data`; both architectures are little-endian.
const NUMBER: u32 = 0;
const CONVENTION: u32 = 4;
const FIRST_ARGUMENT: u32 = 16;
const SECOND_ARGUMENT: u32 = 24;
const THIRD_ARGUMENT: u32 = 32;
const HIGH_HALF: u32 = 4;

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const KILL: u32 = libc::SECCOMP_RET_KILL_PROCESS;
const NOT_PERMITTED: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM.cast_unsigned();
const NO_SUCH_CALL: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned();
/// Error number 0: the call returns as if it had succeeded.
const DONE: u32 = libc::SECCOMP_RET_ERRNO;
const NO_SUCH_FAMILY: u32 = libc::SECCOMP_RET_ERRNO | libc::EAFNOSUPPORT.cast_unsigned();
const NO_SUCH_PROTOCOL: u32 = libc::SECCOMP_RET_ERRNO | libc::EPROTONOSUPPORT.cast_unsigned();

/// The `CLONE_NEW*` bits of clone's first argument. `CLONE_NEWTIME` shares its bit with the exit signal and cannot be
/// asked for by this call.
const NEW_NAMESPACES: u32 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET)
    .cast_unsigned();

/// Families of the Internet, and the protocols a socket of them may ask for: the family's own choice, ICMP (pings, where
/// the host allows them), TCP and UDP. Asking for others loads kernel modules.
const INTERNET: [libc::c_int; 2] = [libc::AF_INET, libc::AF_INET6];
const INTERNET_PROTOCOLS: [libc::c_int; 5] = [
    0,
    libc::IPPROTO_ICMP,
    libc::IPPROTO_TCP,
    libc::IPPROTO_UDP,
    libc::IPPROTO_ICMPV6,
];

/// Requests to a terminal that type for its user, or copy from its screen (asm/ioctls.h).
const TERMINAL_REQUESTS: [libc::c_int; 2] = [0x5412, 0x541c];

/// A stretch of system call numbers with one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    first: u32,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Return(u32),
    /// `clone`: depends on the namespaces asked for.
    Clone,
    /// `socket`: depends on the family and the protocol.
    Socket,
    /// `socketpair`: depends on the family.
    SocketPair,
    /// `ioctl`: depends on the request.
    Ioctl,
    /// `setrlimit` and `prlimit64`: depend on the resource, which is the first argument or the second.
    Limit {
        resource: u32,
    },
}

impl Verdict {
    /// What becomes of an allowed call.
    fn of(call: libc::c_long) -> Self {
        match call {
            libc::SYS_clone => Self::Clone,
            libc::SYS_socket => Self::Socket,
            libc::SYS_socketpair => Self::SocketPair,
            libc::SYS_ioctl => Self::Ioctl,
            libc::SYS_prlimit64 => Self::Limit {
                resource: SECOND_ARGUMENT,
            },
            #[cfg(target_arch = "x86_64")]
            libc::SYS_setrlimit => Self::Limit {
                resource: FIRST_ARGUMENT,
            },
            _ => Self::Return(ALLOW),
        }
    }
}

/// The whole filter.
pub(crate) fn program() -> Vec<Instruction> {
    program_of(&stretches(&[]))
}

/// The filter of a command that may enter namespaces.
pub(crate) fn program_with_entering() -> Vec<Instruction> {
    program_of(&stretches(&[libc::SYS_setns]))
}

fn program_of(stretches: &[Stretch]) -> Vec<Instruction> {
    let mut program = vec![
        load(CONVENTION),
        jump(libc::BPF_JEQ, ARCHITECTURE, 1, 0),
        answer(KILL),
        load(NUMBER),
    ];
    program.extend(decide(stretches));
    program
}

/// The number line cut into stretches, in order, the first one starting at 0. `more`: what is allowed beside [`ALLOWED`].
fn stretches(more: &[libc::c_long]) -> Vec<Stretch> {
    let mut judged: Vec<(u32, Verdict)> = ALLOWED
        .iter()
        .chain(more)
        .map(|call| (*call, Verdict::of(*call)))
        // The C library falls back to clone, whose arguments a filter can see.
        .chain([(libc::SYS_clone3, Verdict::Return(NO_SUCH_CALL))])
        .filter_map(|(number, verdict)| Some((u32::try_from(number).ok()?, verdict)))
        .collect();
    judged.sort_unstable_by_key(|(number, _)| *number);
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut begin = |first, verdict| {
        if stretches.last().is_some_and(|last| last.first == first) {
            stretches.pop();
        }
        if stretches.last().is_none_or(|last| last.verdict != verdict) {
            stretches.push(Stretch { first, verdict });
        }
    };
    begin(0, Verdict::Return(NOT_PERMITTED));
    for (number, verdict) in judged {
        begin(number, verdict);
        begin(number + 1, Verdict::Return(NOT_PERMITTED));
    }
    begin(NEWEST_JUDGED + 1, Verdict::Return(NO_SUCH_CALL));
    stretches
}

/// Instructions that answer for a number known to lie in `stretches`.
fn decide(stretches: &[Stretch]) -> Vec<Instruction> {
    let (low, high) = stretches.split_at(stretches.len() / 2);
    let (Some(_), Some(pivot)) = (low.first(), high.first()) else {
        return stretches
            .first()
            .map(|only| judge(only.verdict))
            .unwrap_or_default();
    };
    let (low_part, high_part) = (decide(low), decide(high));
    let mut part = match u8::try_from(low_part.len()) {
        Ok(skip) => vec![jump(libc::BPF_JGE, pivot.first, skip, 0)],
        // A conditional jump reaches 255 instructions; an unconditional one reaches any.
        Err(_) => vec![
            jump(libc::BPF_JGE, pivot.first, 0, 1),
            Instruction {
                operation: operation(libc::BPF_JMP | libc::BPF_JA),
                jump_true: 0,
                jump_false: 0,
                operand: u32::try_from(low_part.len()).unwrap_or(u32::MAX),
            },
        ],
    };
    part.extend(low_part);
    part.extend(high_part);
    part
}

fn judge(verdict: Verdict) -> Vec<Instruction> {
    match verdict {
        Verdict::Return(value) => vec![answer(value)],
        Verdict::Clone => vec![
            load(FIRST_ARGUMENT),
            jump(libc::BPF_JSET, NEW_NAMESPACES, 0, 1),
            answer(NOT_PERMITTED),
            answer(ALLOW),
        ],
        Verdict::Socket => socket(),
        Verdict::SocketPair => {
            let mut part = vec![load(FIRST_ARGUMENT)];
            part.extend(among(&[libc::AF_UNIX], ALLOW, NO_SUCH_FAMILY));
            part
        }
        Verdict::Ioctl => {
            let mut part = vec![load(SECOND_ARGUMENT)];
            part.extend(among(&TERMINAL_REQUESTS, NOT_PERMITTED, ALLOW));
            part
        }
        Verdict::Limit { resource } => limit(resource),
    }
}

/// The limit on core files stays what it is, and whoever sets it is told that it was done: see
/// [`crate::spawner`]'s `CORE_BYTES_MAX`. It can be read, which is `prlimit64` with a null pointer for the new value.
fn limit(resource: u32) -> Vec<Instruction> {
    let mut part = vec![
        load(resource),
        jump(libc::BPF_JEQ, libc::RLIMIT_CORE, 1, 0),
        answer(ALLOW),
    ];
    if resource == SECOND_ARGUMENT {
        part.extend([
            load(THIRD_ARGUMENT),
            jump(libc::BPF_JEQ, 0, 0, 3),
            load(THIRD_ARGUMENT + HIGH_HALF),
            jump(libc::BPF_JEQ, 0, 0, 1),
            answer(ALLOW),
        ]);
    }
    part.push(answer(DONE));
    part
}

/// Families that end inside the sandbox or go through its network: Unix, the Internet's, and netlink's interface for
/// routes, which programs list their addresses by. The others (vsock, kernel crypto, raw packets) lead to the
/// host's hypervisor or to kernel code no command needs.
fn socket() -> Vec<Instruction> {
    let mut internet = vec![load(THIRD_ARGUMENT)];
    internet.extend(among(&INTERNET_PROTOCOLS, ALLOW, NO_SUCH_PROTOCOL));
    let mut netlink = vec![load(THIRD_ARGUMENT)];
    netlink.extend(among(&[libc::NETLINK_ROUTE], ALLOW, NO_SUCH_PROTOCOL));
    let length = |part: &[Instruction]| u8::try_from(part.len()).unwrap_or(u8::MAX);
    let mut part = vec![
        load(FIRST_ARGUMENT),
        jump(libc::BPF_JEQ, libc::AF_UNIX.cast_unsigned(), 0, 1),
        answer(ALLOW),
        jump(
            libc::BPF_JEQ,
            libc::AF_NETLINK.cast_unsigned(),
            0,
            length(&netlink),
        ),
    ];
    part.extend(netlink);
    for (index, family) in INTERNET.iter().enumerate() {
        let more = INTERNET.len() - index;
        let skip = u8::try_from(more).unwrap_or(u8::MAX);
        part.push(jump(libc::BPF_JEQ, family.cast_unsigned(), skip, 0));
    }
    part.push(answer(NO_SUCH_FAMILY));
    part.extend(internet);
    part
}

/// Answers `then` if the loaded value is one of `values`, and `otherwise` if not.
fn among(values: &[libc::c_int], then: u32, otherwise: u32) -> Vec<Instruction> {
    let mut part: Vec<Instruction> = values
        .iter()
        .enumerate()
        .map(|(index, value)| {
            let skip = u8::try_from(values.len() - index).unwrap_or(u8::MAX);
            jump(libc::BPF_JEQ, value.cast_unsigned(), skip, 0)
        })
        .collect();
    part.push(answer(otherwise));
    part.push(answer(then));
    part
}

fn operation(bits: u32) -> u16 {
    u16::try_from(bits).unwrap_or(u16::MAX)
}

fn load(offset: u32) -> Instruction {
    Instruction {
        operation: operation(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS),
        jump_true: 0,
        jump_false: 0,
        operand: offset,
    }
}

fn jump(condition: u32, operand: u32, jump_true: u8, jump_false: u8) -> Instruction {
    Instruction {
        operation: operation(libc::BPF_JMP | libc::BPF_K | condition),
        jump_true,
        jump_false,
        operand,
    }
}

fn answer(value: u32) -> Instruction {
    Instruction {
        operation: operation(libc::BPF_RET | libc::BPF_K),
        jump_true: 0,
        jump_false: 0,
        operand: value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIGH_THIRD_ARGUMENT: u32 = THIRD_ARGUMENT + HIGH_HALF;

    /// A call as a filter sees it.
    #[derive(Clone, Copy)]
    struct Made {
        number: u32,
        convention: u32,
        arguments: [u32; 3],
    }

    /// Runs the program as the kernel does.
    fn ruling(made: Made) -> u32 {
        let program = program();
        let (mut at, mut value) = (0, 0);
        loop {
            let step = program[at];
            at += 1;
            let operation = u32::from(step.operation);
            let holds = match operation & 0xf0 {
                libc::BPF_JEQ => value == step.operand,
                libc::BPF_JGE => value >= step.operand,
                libc::BPF_JSET => value & step.operand != 0,
                _ => false,
            };
            if operation & 0x07 == libc::BPF_RET {
                return step.operand;
            } else if operation & 0x07 == libc::BPF_LD {
                value = match step.operand {
                    NUMBER => made.number,
                    CONVENTION => made.convention,
                    FIRST_ARGUMENT => made.arguments[0],
                    SECOND_ARGUMENT => made.arguments[1],
                    THIRD_ARGUMENT => made.arguments[2],
                    // No argument of these tests is longer.
                    HIGH_THIRD_ARGUMENT => 0,
                    other => panic!("loads from {other}"),
                };
            } else if operation & 0xf0 == libc::BPF_JA {
                at += step.operand as usize;
            } else if holds {
                at += usize::from(step.jump_true);
            } else {
                at += usize::from(step.jump_false);
            }
        }
    }

    fn ruling_of(call: libc::c_long, arguments: [libc::c_int; 3]) -> u32 {
        ruling(Made {
            number: u32::try_from(call).unwrap(),
            convention: ARCHITECTURE,
            arguments: arguments.map(i32::cast_unsigned),
        })
    }

    #[test]
    fn who_may_enter_namespaces_may_do_nothing_else_beside() {
        let (plain, entering) = (stretches(&[]), stretches(&[libc::SYS_setns]));
        let verdict = |stretches: &[Stretch], number: u32| {
            let below = stretches.iter().rev();
            let mut below = below.filter(|stretch| stretch.first <= number);
            below.next().map(|stretch| stretch.verdict)
        };

        let differing: Vec<u32> = (0..=1000)
            .filter(|number| verdict(&plain, *number) != verdict(&entering, *number))
            .collect();

        assert_eq!(differing, [u32::try_from(libc::SYS_setns).unwrap()]);
        let setns = differing[0];
        assert_eq!(verdict(&entering, setns), Some(Verdict::Return(ALLOW)));
    }

    #[test]
    fn every_number_gets_the_answer_of_the_plain_list() {
        for number in 0..=1000_u32 {
            let is_allowed = ALLOWED.contains(&number.into());
            let expected = match libc::c_long::from(number) {
                libc::SYS_clone3 => NO_SUCH_CALL,
                _ if number > NEWEST_JUDGED => NO_SUCH_CALL,
                _ if is_allowed => ALLOW,
                _ => NOT_PERMITTED,
            };
            // The arguments ask for no namespace, for the family AF_UNIX, and for nothing of a terminal.
            let made = Made {
                number,
                convention: ARCHITECTURE,
                arguments: [1, 0, 0],
            };
            assert_eq!(ruling(made), expected, "call {number}");
        }
    }

    #[test]
    fn what_breaks_out_of_sandboxes_is_not_allowed() {
        for call in [
            libc::SYS_mount,
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_ptrace,
            libc::SYS_bpf,
            libc::SYS_keyctl,
            libc::SYS_io_uring_setup,
            libc::SYS_userfaultfd,
            libc::SYS_open_by_handle_at,
            libc::SYS_init_module,
        ] {
            assert_eq!(ruling_of(call, [0, 0, 0]), NOT_PERMITTED, "call {call}");
        }
    }

    #[test]
    fn another_calling_convention_kills() {
        let made = Made {
            number: 0,
            convention: 0x4000_0003,
            arguments: [0; 3],
        };
        assert_eq!(ruling(made), KILL);
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_second_calling_convention_does_not_exist() {
        let made = Made {
            number: X32_FIRST + u32::try_from(libc::SYS_getpid).unwrap(),
            convention: ARCHITECTURE,
            arguments: [0; 3],
        };
        assert_eq!(ruling(made), NO_SUCH_CALL);
    }

    #[test]
    fn clone_makes_threads_and_no_namespaces() {
        let clone = |flags| ruling_of(libc::SYS_clone, [flags, 0, 0]);

        assert_eq!(clone(libc::CLONE_THREAD), ALLOW);
        assert_eq!(clone(libc::CLONE_NEWUSER), NOT_PERMITTED);
    }

    #[test]
    fn sockets_are_of_families_and_protocols_that_programs_use() {
        let socket =
            |family, protocol| ruling_of(libc::SYS_socket, [family, libc::SOCK_STREAM, protocol]);

        assert_eq!(socket(libc::AF_UNIX, 0), ALLOW);
        for family in INTERNET {
            assert_eq!(socket(family, 0), ALLOW);
            assert_eq!(socket(family, libc::IPPROTO_UDP), ALLOW);
            assert_eq!(socket(family, libc::IPPROTO_SCTP), NO_SUCH_PROTOCOL);
        }
        assert_eq!(socket(libc::AF_NETLINK, libc::NETLINK_ROUTE), ALLOW);
        assert_eq!(
            socket(libc::AF_NETLINK, libc::NETLINK_KOBJECT_UEVENT),
            NO_SUCH_PROTOCOL
        );
        assert_eq!(socket(libc::AF_VSOCK, 0), NO_SUCH_FAMILY);
        assert_eq!(socket(libc::AF_PACKET, 0), NO_SUCH_FAMILY);
    }

    #[test]
    fn pairs_of_sockets_are_unix() {
        let pair = |family| ruling_of(libc::SYS_socketpair, [family, libc::SOCK_STREAM, 0]);

        assert_eq!(pair(libc::AF_UNIX), ALLOW);
        assert_eq!(pair(libc::AF_TIPC), NO_SUCH_FAMILY);
    }

    #[test]
    fn the_limit_on_core_files_can_be_read_and_is_never_changed() {
        let core = libc::RLIMIT_CORE.cast_signed();
        let files = libc::RLIMIT_NOFILE.cast_signed();
        let limit = |resource, new| ruling_of(libc::SYS_prlimit64, [0, resource, new]);

        assert_eq!(limit(core, 0), ALLOW);
        assert_eq!(limit(core, 0x7fff_0000), DONE);
        assert_eq!(limit(files, 0x7fff_0000), ALLOW);
    }

    #[test]
    fn nobody_types_for_a_terminals_user() {
        let request = |request| ruling_of(libc::SYS_ioctl, [0, request, 0]);

        assert_eq!(request(0x5401), ALLOW);
        assert_eq!(request(0x5412), NOT_PERMITTED);
        assert_eq!(request(0x541c), NOT_PERMITTED);
    }

    #[test]
    fn the_documented_profile_is_this_one() {
        let documented = include_str!("../../../docs/security.md");
        let names: Vec<String> = include_str!("filter/calls.rs")
            .lines()
            .filter_map(|line| line.trim().strip_suffix(','))
            .filter_map(|line| {
                line.strip_prefix("libc::SYS_")
                    .or(line.strip_prefix("newer::"))
            })
            .map(str::to_lowercase)
            .collect();
        let block = format!("```text\n{}```\n", wrapped(&names));

        assert!(
            documented.contains(&block),
            "docs/security.md should list these calls:\n{block}"
        );
    }

    /// Names in lines of at most 110 characters.
    fn wrapped(names: &[String]) -> String {
        let mut text = String::new();
        let mut length = 0;
        for name in names {
            if length > 0 && length + 1 + name.len() > 110 {
                text.push('\n');
                length = 0;
            }
            if length > 0 {
                text.push(' ');
                length += 1;
            }
            text.push_str(name);
            length += name.len();
        }
        text.push('\n');
        text
    }
}
