//! The trace header that ties the invocations of one chain together: `X-Amzn-Trace-Id`.
//!
//! docs: services-xray. `Root=1-EPOCH-UNIQUE;Parent=SEGMENT;Sampled=0|1`, other parts passed on.

use crate::time::Moment;

/// The longest header that is passed on; a longer one is replaced.
pub const TRACE_HEADER_BYTES_MAX: usize = 1_024;

/// The caller's header if it names a root, else a new header that is not sampled.
/// `dice` gives random bits, for the root and for the parent.
pub fn trace_header(
    incoming: Option<&str>,
    now: Moment,
    dice: impl FnOnce() -> (u128, u64),
) -> String {
    match incoming {
        Some(header) if is_trace_header(header) => header.to_owned(),
        _ => {
            let (unique, parent) = dice();
            let unique = unique >> 32;
            let epoch = now.as_millis() / 1_000;
            format!("Root=1-{epoch:08x}-{unique:024x};Parent={parent:016x};Sampled=0")
        }
    }
}

fn is_trace_header(header: &str) -> bool {
    let has_root = header.split(';').any(|part| {
        part.split_once('=').is_some_and(|(key, value)| {
            key.trim().eq_ignore_ascii_case("root") && value.trim().starts_with("1-")
        })
    });
    has_root
        && header.len() <= TRACE_HEADER_BYTES_MAX
        && header.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_millis(1_709_572_958_033);

    #[test]
    fn a_header_that_names_a_root_is_passed_on() {
        let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        assert_eq!(trace_header(Some(header), NOW, || (0, 0)), header);
    }

    #[test]
    fn a_new_header_is_made_where_none_can_be_used() {
        let made = "Root=1-65e6035e-ffffffffffffffffffffffff;Parent=0000000000000001;Sampled=0";
        for incoming in [
            None,
            Some(""),
            Some("Sampled=1"),
            Some("Root=1-a;\n"),
            Some("Root=2-a"),
        ] {
            assert_eq!(trace_header(incoming, NOW, || (u128::MAX, 1)), made);
        }
    }
}
