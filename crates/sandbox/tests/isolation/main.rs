//! What a sandbox promises, tried from inside and checked from outside.
//!
//! The binary is its own spawner, so it needs `main` and brings a small harness: one argument filters by name.
#![expect(
    clippy::print_stdout,
    reason = "a test harness reports on standard output"
)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod companions;
mod confinement;
mod container;
mod copied;
mod escape;
mod forked;
mod freeze;
mod host;
mod life;
mod limits;
mod neighbour;
mod prepared;
mod unconfined;
mod uplink;
mod ways;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Duration;

use sandbox::namespaces::NamespaceDriver;

/// A test that waits for something that does not happen fails instead of hanging.
const TEST_TIME_MAX: Duration = Duration::from_mins(1);

type Test = (&'static str, fn() -> Pin<Box<dyn Future<Output = ()>>>);

/// Lists test functions with their names.
macro_rules! tests {
    ($($module:ident :: $name:ident),+ $(,)?) => {
        &[$((concat!(stringify!($module), "::", stringify!($name)), || Box::pin($module::$name()))),+]
    };
}

const NAMESPACES: &[Test] = tests![
    life::an_exit_code_is_reported,
    life::a_signal_is_reported,
    life::the_command_gets_its_arguments_environment_and_directory,
    life::a_missing_program_is_an_error_that_names_it,
    life::a_missing_code_directory_is_an_error_that_names_it,
    life::a_relative_path_is_refused,
    life::large_arguments_arrive,
    life::a_terminate_signal_reaches_the_command,
    life::kill_ends_daemons_and_leaves_nothing,
    life::kill_may_be_repeated_and_follows_an_exit,
    life::a_dropped_sandbox_leaves_nothing,
    life::an_abandoned_spawn_leaves_nothing,
    life::a_server_killed_outright_leaves_nothing,
    life::groups_of_a_dead_owner_are_removed_at_the_next_start,
    life::a_hundred_at_once_start_and_leave_nothing,
    life::after_shutdown_nothing_starts,
    life::a_killed_spawner_is_replaced,
    companions::everything_of_a_sandbox_with_companions_waits_to_be_started,
    companions::a_companion_that_cannot_be_executed_says_why,
    companions::a_command_that_cannot_be_started_late_says_why,
    companions::companions_are_signalled_one_by_one_and_end_with_the_sandbox,
    confinement::the_listener_is_reached_from_inside,
    confinement::two_sandboxes_use_one_address,
    confinement::the_network_ends_inside,
    confinement::files_of_the_host_are_invisible,
    confinement::a_directory_behind_a_private_one_can_be_mounted,
    confinement::only_tmp_is_writable,
    confinement::every_mount_is_restricted,
    confinement::the_user_has_no_rights,
    confinement::refused_calls_fail,
    confinement::other_processes_are_invisible,
    confinement::the_output_can_be_opened_by_name,
    confinement::no_descriptor_is_inherited,
    confinement::python_starts,
    confinement::node_starts,
    freeze::a_frozen_sandbox_answers_when_it_is_thawed,
    freeze::a_frozen_sandbox_can_be_killed,
    freeze::a_frozen_sandbox_that_is_dropped_holds_nothing_up,
    freeze::a_signal_waits_for_the_thaw,
    escape::every_attempt_is_contained,
    escape::every_attempt_is_contained_in_a_prepared_sandbox,
    escape::every_attempt_is_contained_in_a_fork,
    escape::every_attempt_is_contained_in_a_snapshot,
    escape::every_attempt_is_contained_in_a_copy,
    escape::every_bomb_is_contained_and_the_neighbour_goes_on,
    escape::every_bomb_of_a_fork_is_contained_and_the_neighbour_goes_on,
    escape::every_bomb_of_a_copy_is_contained_and_the_neighbour_goes_on,
    limits::tmp_has_the_size_asked_for,
    limits::a_fork_bomb_stops_at_its_limit,
    limits::too_much_memory_is_out_of_memory,
    limits::the_memory_peak_is_told,
    limits::open_files_are_limited,
    limits::every_protection_is_probed,
    uplink::what_a_command_sends_is_a_frame_and_a_frame_is_what_it_receives,
    uplink::a_command_has_a_route_a_resolver_and_no_rights_over_them,
    uplink::a_prepared_command_has_a_way_out_too,
    uplink::what_makes_an_uplink_is_probed,
    prepared::a_prepared_command_learns_what_it_is_for,
    prepared::the_limits_of_a_dedication_count,
    prepared::a_directory_that_is_missing_at_a_dedication_is_named_and_all_ends,
    prepared::a_prepared_sandbox_that_nobody_wants_leaves_nothing,
    prepared::a_prepared_command_that_has_ended_is_of_no_use,
    prepared::a_message_that_is_too_long_is_refused,
    forked::a_fork_is_confined_as_a_command_that_was_executed,
    forked::forks_share_what_was_in_memory_and_nothing_that_comes_later,
    forked::how_a_fork_ended_is_reported,
    forked::forks_leave_nothing_and_the_mould_goes_with_the_driver,
    copied::a_copy_is_confined_as_a_fork,
    copied::copies_share_what_was_in_memory_and_have_files_of_their_own,
    copied::descriptors_of_a_snapshot_are_not_shared,
    copied::copies_end_with_their_snapshot_and_leave_nothing,
    copied::a_snapshot_that_has_ended_is_not_copied,
    copied::a_snapshot_enters_nothing_that_is_not_its_familys,
    forked::a_mould_that_was_killed_is_replaced,
    forked::a_mould_that_does_not_start_costs_nobody_a_command,
    forked::a_frozen_fork_can_be_killed,
];

const ANYWHERE: &[Test] = tests![
    unconfined::an_exit_code_is_reported,
    unconfined::paths_of_mounts_become_the_hosts,
    unconfined::the_listener_is_on_the_hosts_loopback,
    unconfined::kill_ends_daemons_in_sessions_of_their_own,
    unconfined::a_server_killed_outright_leaves_nothing,
    companions::unconfined_companions_are_started_and_ended_as_well,
    container::a_default_container_is_told_what_it_lacks,
    escape::attempts_succeed_where_nothing_contains_them,
    escape::the_documented_attempts_are_the_ones_made,
    freeze::an_unconfined_tree_answers_when_it_is_thawed,
];

fn main() -> ExitCode {
    sandbox::run_spawner_if_asked();
    if let Some(role) = host::role() {
        if role == "container" {
            return container::play();
        }
        return host::play(&role);
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    let filter = args.iter().find(|arg| !arg.starts_with("--"));
    if args.iter().any(|arg| arg == "--list") {
        for (name, _) in NAMESPACES.iter().chain(ANYWHERE) {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    let (mut passed, mut failed) = (0, 0);
    let mut count = |results: (usize, usize)| {
        passed += results.0;
        failed += results.1;
    };
    if let Err(error) = in_runtime(async { NamespaceDriver::start().await.map(drop) }) {
        println!("this host cannot run the namespaces tests: {error}");
        count((0, 1));
    } else {
        host::wait_for_spawners();
        count(run_all(NAMESPACES, filter));
    }
    count(run_all(ANYWHERE, filter));
    if host::is_root() {
        println!("\nas an ordinary user:");
        failed += usize::from(!host::again_as_an_ordinary_user(&args));
    }
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {result}. {passed} passed; {failed} failed");
    ExitCode::from(u8::from(failed > 0))
}

/// Runs the tests whose names the filter has: how many passed, and how many failed.
fn run_all(tests: &[Test], filter: Option<&String>) -> (usize, usize) {
    let (mut passed, mut failed) = (0, 0);
    for (name, test) in tests {
        if filter.is_some_and(|filter| !name.contains(filter.as_str())) {
            continue;
        }
        // One after the other: several count descriptors and processes.
        let result = std::panic::catch_unwind(AssertUnwindSafe(|| {
            in_runtime(async { tokio::time::timeout(TEST_TIME_MAX, test()).await.unwrap() });
        }));
        host::wait_for_spawners();
        println!(
            "test {name} ... {}",
            if result.is_ok() { "ok" } else { "FAILED" }
        );
        passed += usize::from(result.is_ok());
        failed += usize::from(result.is_err());
    }
    (passed, failed)
}

fn in_runtime<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test)
}
