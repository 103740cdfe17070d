//! What this host can give, found out by trying.

/// The commands that most likely enable what the kernel refused with `errno`.
pub(crate) fn fix_for(errno: i32) -> String {
    match errno {
        libc::ENOSPC => "sudo sysctl -w user.max_user_namespaces=10000 user.max_net_namespaces=10000",
        libc::ENOSYS => "use Linux 5.12 or newer; in a container, add --security-opt seccomp=unconfined",
        _ => {
            "run as root, or on Ubuntu: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; \
             in a container, add --privileged, or --security-opt seccomp=unconfined \
             --security-opt apparmor=unconfined --security-opt systempaths=unconfined"
        }
    }
    .to_owned()
}
