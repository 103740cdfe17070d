//! How many files this process may have open, and what part of them connections get.

/// What is assumed where the limit cannot be read: the usual default of a session.
const SOFT_LIMIT_DEFAULT: usize = 1_024;

/// More connections than this do not make anything faster.
const CONNECTIONS_MAX: usize = 4_096;

/// The soft limit of open files.
pub(crate) fn soft_limit() -> usize {
    std::fs::read_to_string("/proc/self/limits")
        .ok()
        .and_then(|limits| parse(&limits))
        .unwrap_or(SOFT_LIMIT_DEFAULT)
}

/// Connections served at once: half of the files, so that environments and the store have theirs.
pub(crate) fn connections_max() -> usize {
    share_of(soft_limit())
}

/// Sockets that functions may have open through this server: a quarter of the files.
pub(crate) fn function_sockets_max() -> usize {
    (soft_limit() / 4).clamp(1, CONNECTIONS_MAX)
}

fn share_of(soft_limit: usize) -> usize {
    (soft_limit / 2).clamp(1, CONNECTIONS_MAX)
}

fn parse(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(usize::MAX),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_the_first_number_of_its_line() {
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files  1024  524288  files\n";

        assert_eq!(parse(limits), Some(1_024));
        assert_eq!(
            parse("Max open files unlimited unlimited files"),
            Some(usize::MAX)
        );
        assert_eq!(parse("Max cpu time 1 1 seconds"), None);
    }

    #[test]
    fn connections_get_half_of_the_files_up_to_a_bound() {
        assert_eq!(share_of(1_024), 512);
        assert_eq!(share_of(1), 1);
        assert_eq!(share_of(usize::MAX), CONNECTIONS_MAX);
    }
}
