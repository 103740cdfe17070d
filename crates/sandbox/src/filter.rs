//! The system calls a command may not make, as one program for the kernel.
//!
//! Everything is allowed but what is named here. A balanced tree of comparisons keeps both the program and
//! the way through it short: the kernel runs the filter once per known system call when it is installed.

use crate::sys::rights::Instruction;

/// linux/audit.h, `AUDIT_ARCH_*`: what the kernel says the calling convention is.
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

/// Newer calls than this (`file_setattr`) do not exist for a command: nobody has judged them yet.
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

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const KILL: u32 = libc::SECCOMP_RET_KILL_PROCESS;
const NOT_PERMITTED: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM.cast_unsigned();
const NO_SUCH_CALL: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned();
const NO_SUCH_FAMILY: u32 = libc::SECCOMP_RET_ERRNO | libc::EAFNOSUPPORT.cast_unsigned();

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

/// Address families that end inside the sandbox. The others (vsock, kernel crypto, raw packets) lead to the host's
/// hypervisor or to kernel code no command needs.
const FAMILIES: [libc::c_int; 4] = [
    libc::AF_UNIX,
    libc::AF_INET,
    libc::AF_INET6,
    libc::AF_NETLINK,
];

/// Calls that reach beyond the sandbox, or kernel code with a history of letting programs out.
const REFUSED: &[libc::c_long] = &[
    // Mounts and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    OPEN_TREE_ATTR,
    // Other processes' memory and files.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // Kernel code that runs programs, faults or queues of ours.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    // Keys, which no namespace separates.
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    // The machine.
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    libc::SYS_nfsservctl,
    libc::SYS_lookup_dcookie,
    libc::SYS_personality,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_mbind,
    libc::SYS_migrate_pages,
    libc::SYS_move_pages,
    libc::SYS_set_mempolicy,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    #[cfg(target_arch = "x86_64")]
    libc::SYS__sysctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_uselib,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ustat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_sysfs,
];

/// Added in Linux 6.15, numbered alike everywhere.
const OPEN_TREE_ATTR: libc::c_long = 467;

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
    /// `socket`: depends on the family.
    Socket,
}

/// The whole filter.
pub(crate) fn program() -> Vec<Instruction> {
    let mut program = vec![
        load(CONVENTION),
        jump(libc::BPF_JEQ, ARCHITECTURE, 1, 0),
        answer(KILL),
        load(NUMBER),
    ];
    program.extend(decide(&stretches()));
    program
}

/// The number line cut into stretches, in order, the first one starting at 0.
fn stretches() -> Vec<Stretch> {
    let mut judged: Vec<(u32, Verdict)> = REFUSED
        .iter()
        .map(|number| (*number, Verdict::Return(NOT_PERMITTED)))
        .chain([
            // The C library falls back to clone, whose arguments a filter can see.
            (libc::SYS_clone3, Verdict::Return(NO_SUCH_CALL)),
            (libc::SYS_clone, Verdict::Clone),
            (libc::SYS_socket, Verdict::Socket),
        ])
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
    begin(0, Verdict::Return(ALLOW));
    for (number, verdict) in judged {
        begin(number, verdict);
        begin(number + 1, Verdict::Return(ALLOW));
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
        Verdict::Socket => {
            let mut part = vec![load(FIRST_ARGUMENT)];
            for (index, family) in FAMILIES.iter().enumerate() {
                let skip = u8::try_from(FAMILIES.len() - index).unwrap_or(u8::MAX);
                part.push(jump(libc::BPF_JEQ, family.cast_unsigned(), skip, 0));
            }
            part.push(answer(NO_SUCH_FAMILY));
            part.push(answer(ALLOW));
            part
        }
    }
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

    /// Runs the program as the kernel does.
    fn ruling(number: u32, convention: u32, argument: u32) -> u32 {
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
                    NUMBER => number,
                    CONVENTION => convention,
                    FIRST_ARGUMENT => argument,
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

    #[test]
    fn every_number_gets_the_answer_of_the_plain_list() {
        for number in 0..=1000_u32 {
            let expected = match libc::c_long::from(number) {
                libc::SYS_clone3 => NO_SUCH_CALL,
                other if REFUSED.contains(&other) => NOT_PERMITTED,
                _ if number > NEWEST_JUDGED => NO_SUCH_CALL,
                _ => ALLOW,
            };
            // The argument 1 is no namespace and is the family AF_UNIX.
            assert_eq!(ruling(number, ARCHITECTURE, 1), expected, "call {number}");
        }
    }

    #[test]
    fn another_calling_convention_kills() {
        assert_eq!(ruling(0, 0x4000_0003, 0), KILL);
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_second_calling_convention_does_not_exist() {
        let number = X32_FIRST + u32::try_from(libc::SYS_mount).unwrap();

        assert_eq!(ruling(number, ARCHITECTURE, 0), NO_SUCH_CALL);
    }

    #[test]
    fn clone_makes_threads_and_no_namespaces() {
        let clone = u32::try_from(libc::SYS_clone).unwrap();

        assert_eq!(
            ruling(clone, ARCHITECTURE, libc::CLONE_THREAD.cast_unsigned()),
            ALLOW
        );
        assert_eq!(
            ruling(clone, ARCHITECTURE, libc::CLONE_NEWUSER.cast_unsigned()),
            NOT_PERMITTED
        );
    }

    #[test]
    fn sockets_are_of_families_that_end_inside() {
        let socket = u32::try_from(libc::SYS_socket).unwrap();

        assert_eq!(
            ruling(socket, ARCHITECTURE, libc::AF_INET.cast_unsigned()),
            ALLOW
        );
        assert_eq!(
            ruling(socket, ARCHITECTURE, libc::AF_VSOCK.cast_unsigned()),
            NO_SUCH_FAMILY
        );
    }
}
