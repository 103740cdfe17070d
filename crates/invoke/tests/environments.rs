//! Days in the life of environments, in seconds: real Runtime APIs, sandboxes without processes, time that only the
//! test moves, and dice that fall the same way with the same seed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed, and its tasks end with it"
)]

mod world;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::change::{CodeChange, Stamp};
use domain::faults::Dice;
use domain::fleet::Rules;
use domain::function::RevisionId;
use domain::time::{Clock as _, Moment};
use invoke::{Answer, InvokeError, Settings};
use sandbox::Exit;
use serde_json::{Value, json};
use store::QueueName;
use tokio::task::JoinSet;
use uuid::Uuid;
use world::{Event, FUNCTION, Runtime, World, an_invocation_of, text};

const FUNCTIONS: [&str; 3] = [FUNCTION, "second", "third"];

const MIB: u64 = 1 << 20;

/// Six environments that use 40 MB fit at once, and two of which nothing is known.
const RULES: Rules = Rules {
    memory_bytes_max: 2 * 128 * MIB,
    idle_max: 12,
    idle_time: Duration::from_mins(10),
    freeze_after: Some(Duration::from_millis(10)),
};

const USED_BYTES: u64 = 40 * MIB;

const DAY: Duration = Duration::from_hours(24);

/// As many seeds as are simulated unless `INVOKED_SEEDS` says otherwise.
const SEEDS: u64 = 100;

/// What one day has had.
#[derive(Debug, Default)]
struct Tally {
    counts: HashMap<&'static str, u32>,
}

impl Tally {
    fn add(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn of(&self, what: &'static str) -> u32 {
        self.counts.get(what).copied().unwrap_or_default()
    }

    fn merge(&mut self, other: &Self) {
        for (what, count) in &other.counts {
            *self.counts.entry(what).or_default() += count;
        }
    }
}

/// Dice that scripts and the test share.
#[derive(Clone)]
struct Luck(Arc<Mutex<Dice>>);

impl Luck {
    fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Dice::new(seed))))
    }

    /// Whether something happens that happens so often in a hundred times.
    fn has(&self, percent: f64) -> bool {
        self.0.lock().unwrap().roll() * 100.0 < percent
    }

    fn up_to(&self, most: f64) -> f64 {
        self.0.lock().unwrap().roll() * most
    }

    fn one_of<T: Copy>(&self, all: &[T]) -> T {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index of a short list"
        )]
        let index = self.up_to(all.len() as f64) as usize;
        all[index.min(all.len() - 1)]
    }
}

/// A runtime that does what its events say, if it comes to that.
async fn moody(mut runtime: Runtime, luck: Luck) -> Exit {
    runtime
        .memory_peak_bytes()
        .store(USED_BYTES, Ordering::SeqCst);
    if luck.has(2.0) {
        return Exit::Code(3);
    }
    if luck.has(1.0) {
        // Until its time for initialization is up.
        return std::future::pending().await;
    }
    let mut last: Option<String> = None;
    loop {
        let event = runtime.next().await;
        // A process would not have run before.
        runtime.until_thawed().await;
        if let Some(exit) = act(&mut runtime, &event, last.as_deref()).await {
            return exit;
        }
        last = Some(event.request_id);
    }
}

async fn act(runtime: &mut Runtime, event: &Event, last: Option<&str>) -> Option<Exit> {
    let wanted: Value = serde_json::from_str(&event.body).unwrap();
    let id = &event.request_id;
    let answer = wanted["n"].to_string();
    match wanted["do"].as_str().unwrap() {
        "answer" => runtime.respond(id, answer).await,
        "take a while" => {
            tokio::time::sleep(Duration::from_millis(700)).await;
            runtime.respond(id, answer).await;
        }
        "answer twice" => {
            runtime.respond(id, answer).await;
            assert!(runtime.try_respond(id, "\"again\"").await.is_client_error());
        }
        "answer for another" => {
            let other = last.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
            assert!(
                runtime
                    .try_respond(&other, "\"not mine\"")
                    .await
                    .is_client_error()
            );
            runtime.respond(id, answer).await;
        }
        "answer and go on" => {
            runtime.respond(id, answer).await;
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
        "answer and die" => {
            runtime.respond(id, answer).await;
            return Some(Exit::Code(0));
        }
        "fail" => {
            let body = json!({"errorType": "Moody", "errorMessage": answer}).to_string();
            runtime.fail_with(id, body).await;
        }
        "die" => return Some(Exit::Code(9)),
        "hang" => std::future::pending().await,
        other => panic!("nobody can {other}"),
    }
    None
}

/// One call and what has to come of it.
struct Call {
    n: u64,
    deed: &'static str,
}

impl Call {
    fn judge(&self, result: &Result<Answer, InvokeError>, tally: &mut Tally) {
        let answer = match result {
            Ok(answer) => answer,
            Err(InvokeError::Full(_)) => return tally.add("full"),
            Err(InvokeError::NotReady { .. }) => return tally.add("not ready"),
            Err(InvokeError::CrashLoop) => return tally.add("crash loop"),
            Err(error) => panic!("call {}: {error}", self.n),
        };
        let payload = text(&answer.payload);
        if !answer.is_function_error {
            assert!(
                self.deed.contains("answer") || self.deed == "take a while",
                "{payload}"
            );
            assert_eq!(payload, self.n.to_string(), "the answer of another request");
            return tally.add("answered");
        }
        let error: Value = serde_json::from_str(&payload).unwrap();
        if error["errorType"] == "Moody" {
            assert_eq!(
                (self.deed, &error["errorMessage"]),
                ("fail", &json!(self.n.to_string()))
            );
            return tally.add("failed");
        }
        // Whatever was wanted: the environment may not have come up, or had no time left.
        let message = error["errorMessage"].as_str().unwrap();
        if message.contains("timed out") {
            tally.add("timed out");
        } else {
            assert!(message.contains("exited"), "{payload}");
            tally.add("died");
        }
    }
}

/// Lets everything happen that can happen at this moment.
async fn settle() {
    for round in 0..24 {
        tokio::task::yield_now().await;
        if round % 8 == 7 {
            // Packages are read by other threads.
            std::thread::yield_now();
        }
    }
}

struct Day {
    world: World,
    luck: Luck,
    calls: JoinSet<(Call, Result<Answer, InvokeError>)>,
    tally: Tally,
    passed: Duration,
    number: u64,
}

impl Day {
    async fn start(seed: u64) -> Self {
        let luck = Luck::new(seed);
        let settings = Settings {
            environments: RULES,
            ..Settings::default()
        };
        let script = {
            let luck = luck.clone();
            move |runtime| moody(runtime, luck.clone())
        };
        let world = World::with_settings(settings, script).await;
        for name in &FUNCTIONS[1..] {
            world.create(name).await;
        }
        Self {
            world,
            luck,
            calls: JoinSet::new(),
            tally: Tally::default(),
            passed: Duration::ZERO,
            number: 0,
        }
    }

    fn call(&mut self) {
        const DEEDS: [&str; 12] = [
            "answer",
            "answer",
            "answer",
            "answer",
            "take a while",
            "answer twice",
            "answer for another",
            "answer and go on",
            "answer and die",
            "fail",
            "die",
            "hang",
        ];
        self.number += 1;
        let (n, deed) = (self.number, self.luck.one_of(&DEEDS));
        let payload = json!({"n": n, "do": deed}).to_string();
        let invocation = an_invocation_of(self.luck.one_of(&FUNCTIONS), &payload);
        let invoker = self.world.invoker.clone();
        self.calls
            .spawn(async move { (Call { n, deed }, invoker.invoke(invocation).await) });
    }

    async fn change_the_function(&mut self) {
        let stamp = Stamp {
            now: Moment::from_millis(2),
            revision: RevisionId(Uuid::new_v4()),
        };
        let change = CodeChange {
            code: self.world.function().latest.code.clone(),
            architecture: None,
            publish: false,
        };
        self.world
            .try_change(|function| function.update_code(change.clone(), None, stamp))
            .await;
        self.tally.add("changed");
    }

    async fn pass(&mut self, time: Duration) {
        tokio::time::advance(time).await;
        self.passed += time;
        settle().await;
        while let Some(ended) = self.calls.try_join_next() {
            let (call, result) = ended.unwrap();
            call.judge(&result, &mut self.tally);
        }
        let most = RULES.idle_max + self.calls.len();
        let running = self.world.running();
        assert!(
            running <= most,
            "{running} environments, {} calls",
            self.calls.len()
        );
    }

    async fn live(&mut self) {
        while self.passed < DAY {
            if self.luck.has(60.0) {
                for _ in 0..=u32::from(self.luck.has(30.0)) * 5 {
                    self.call();
                }
                settle().await;
            }
            if self.luck.has(1.0) {
                self.change_the_function().await;
            }
            // Mostly it is busy for a while, or quiet for long.
            let most = self.luck.one_of(&[0.02, 0.5, 2.0, 60.0, 900.0]);
            let time = Duration::from_secs_f64(self.luck.up_to(most));
            self.pass(time).await;
        }
    }

    /// Everybody gets an answer, idle environments end, and all the memory is there again.
    async fn end(mut self) -> Tally {
        for _ in 0..200 {
            self.pass(Duration::from_secs(1)).await;
        }
        assert_eq!(self.calls.len(), 0, "calls that nobody answers");
        for _ in 0..80 {
            self.pass(Duration::from_secs(15)).await;
        }
        assert_eq!(self.world.running(), 0, "environments that nobody ends");
        let full = self.tally.of("full");
        for _ in 0..RULES.memory_bytes_max / (128 * MIB) {
            self.call();
        }
        for _ in 0..60 {
            self.pass(Duration::from_secs(1)).await;
        }
        assert_eq!(
            (self.calls.len(), self.tally.of("full")),
            (0, full),
            "memory is lost"
        );
        self.tally
    }
}

/// Time stands still but for the test: nothing that waits for a socket lets it jump.
fn with_still_time<T>(day: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let outcome = runtime.block_on(async move {
        // As long as a blocking task runs, paused time does not go on by itself.
        tokio::task::spawn_blocking(move || stopped.recv());
        day.await
    });
    drop(stop);
    outcome
}

/// Memory for so many environments of 128 MB.
fn room_for(environments: u64) -> Settings {
    Settings {
        environments: Rules {
            memory_bytes_max: environments * 128 * MIB,
            ..RULES
        },
        ..Settings::default()
    }
}

#[tokio::test]
async fn an_idle_environment_is_frozen_until_there_is_work() {
    let world = World::with(|mut runtime: Runtime| async move {
        let mut event = runtime.next().await;
        loop {
            runtime.respond(&event.request_id, event.body).await;
            event = runtime.next_after_freezing().await;
            runtime.until_thawed().await;
        }
    })
    .await;

    for n in ["1", "2", "3"] {
        assert_eq!(text(&world.invoke(n).await.unwrap().payload), n);
        world.meet(2).await;
    }

    assert_eq!(world.started(), 1);
}

#[tokio::test]
async fn idle_environments_end_when_others_need_their_memory() {
    let world = World::with_settings(room_for(2), |mut runtime: Runtime| async move {
        runtime
            .memory_peak_bytes()
            .store(100 * MIB, Ordering::SeqCst);
        let event = runtime.next().await;
        runtime.respond(&event.request_id, event.body).await;
        runtime.next().await;
        std::future::pending().await
    })
    .await;
    world.create("second").await;
    world.create("third").await;
    world.invoke("1").await.unwrap();
    let of = |name| world.invoker.invoke(an_invocation_of(name, "1"));
    of("second").await.unwrap();
    assert_eq!(world.running(), 2);

    of("third").await.unwrap();

    world.until_running(2).await;
    assert_eq!(world.started(), 3);
}

#[tokio::test]
async fn what_does_not_fit_beside_those_that_run_is_refused_and_an_event_waits_for_room() {
    let world = World::with_settings(room_for(1), |mut runtime: Runtime| async move {
        loop {
            let event = runtime.next().await;
            if event.body == "\"stay\"" {
                runtime.meet(2).await;
                runtime.meet(2).await;
            }
            runtime.respond(&event.request_id, event.body).await;
        }
    })
    .await;
    world.create("second").await;
    let staying = {
        let world = world.clone();
        tokio::spawn(async move { world.invoke("\"stay\"").await.unwrap() })
    };
    world.meet(2).await;

    let refused = world.invoker.invoke(an_invocation_of("second", "1")).await;

    assert!(matches!(refused, Err(InvokeError::Full(_))), "{refused:?}");
    world.accept("2").await;
    let queue = QueueName::new("lambda", FUNCTION);
    world
        .until_listed(&queue, |listed| listed.due > world.clock.now())
        .await;
    world.meet(2).await;
    staying.await.unwrap();
    world.let_time_pass(Duration::from_mins(5));
    world.until_no_event_is_unsettled().await;
    let second = world.invoker.invoke(an_invocation_of("second", "1")).await;
    assert_eq!(text(&second.unwrap().payload), "1");
}

#[tokio::test]
async fn a_version_in_a_crash_loop_initializes_two_at_a_time_until_one_succeeds() {
    let is_mended = Arc::new(AtomicBool::new(false));
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let script = {
        let (is_mended, now, most) = (is_mended.clone(), now.clone(), most.clone());
        move |mut runtime: Runtime| {
            let (is_mended, now, most) = (is_mended.clone(), now.clone(), most.clone());
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(5)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                if !is_mended.load(Ordering::SeqCst) {
                    return Exit::Code(1);
                }
                loop {
                    let event = runtime.next().await;
                    runtime.respond(&event.request_id, event.body).await;
                }
            }
        }
    };
    let world = World::with(script).await;
    let many = || async {
        let mut calls = JoinSet::new();
        for _ in 0..16 {
            let world = world.clone();
            calls.spawn(async move { world.invoke("1").await.unwrap() });
        }
        calls.join_all().await
    };

    many().await;
    assert!(
        most.swap(0, Ordering::SeqCst) > 2,
        "nobody is in a loop yet"
    );
    let failed = many().await;

    assert!(failed.iter().all(|answer| answer.is_function_error));
    assert_eq!(most.swap(0, Ordering::SeqCst), 2);
    is_mended.store(true, Ordering::SeqCst);
    let answered = many().await;
    assert!(answered.iter().all(|answer| !answer.is_function_error));
}

#[test]
fn a_day_with_every_seed_loses_nobody_and_mixes_nothing_up() {
    let seeds = std::env::var("INVOKED_SEEDS").map_or(SEEDS, |seeds| seeds.parse().unwrap());
    let mut all = Tally::default();
    for seed in 0..seeds {
        eprintln!("seed {seed}");
        let tally = with_still_time(async {
            let mut day = Day::start(seed).await;
            tokio::time::pause();
            day.live().await;
            day.end().await
        });
        all.merge(&tally);
    }
    eprintln!("{seeds} days: {all:?}");
    for what in ["answered", "failed", "died", "timed out", "full", "changed"] {
        assert!(all.of(what) > 0, "never {what}");
    }
}
