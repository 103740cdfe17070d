//! The spawner: one thread, started before anything else exists in its process, that starts sandboxes for the server.
//!
//! Forking the server itself would cost milliseconds (its memory is large) and deadlock now and then (its threads
//! hold locks). The spawner is the same binary executed again, small and single-threaded, so what it forks may
//! run ordinary code.
//!
//! It waits for three things: requests of the server, sockets of sandboxes being hung up, and children ending.
//! When the server hangs up the request socket (or is gone), it ends everything and leaves.

mod asked;
mod birth;
mod command;
mod fork;
mod init;
mod inside;
mod mould;
mod nursery;
mod passage;
mod template;
pub(crate) mod trial;
mod waiting;

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crate::cgroup::{Group, Hierarchies};
use crate::processes;
use crate::sys::fd::{Watch, close_all_but, duplicate_onto};
use crate::sys::process::{self, Patience, SingleThread};
use crate::sys::socket;
use crate::wire::{Failure, InStep, Report};
use asked::Asked;
use mould::{Moulds, State};
use template::Template;
use waiting::Waiting;

/// The name the spawner is executed under. Nobody calls a program that by accident.
pub(crate) const SPAWNER_NAME: &str = "invoked: sandbox spawner";

/// How often a group that is not empty yet is tried again.
const REMOVAL_RETRY_MS: i32 = 2;

const REQUESTS: u64 = 0;
const SIGNALS: u64 = 1;
const FIRST_SANDBOX: u64 = 2;

/// How far the network of a sandbox reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It ends inside.
    Inside,
    /// To whoever has the other end of its uplink.
    Uplink,
}

/// What a sandbox with an uplink needs beyond what every sandbox does.
pub(crate) const UPLINK_STEP: &str = "make a network uplink";

/// What kind of sandboxes a spawner makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Namespaces(Reach),
    Unconfined,
    /// Makes none: tries what the host gives and writes it to standard output.
    Probe,
}

impl Kind {
    /// As the spawner's argument.
    pub(crate) fn argument(self) -> &'static str {
        match self {
            Self::Namespaces(Reach::Inside) => "namespaces",
            Self::Namespaces(Reach::Uplink) => "namespaces-with-uplinks",
            Self::Unconfined => "unconfined",
            Self::Probe => "probe",
        }
    }
}

/// Must be the first call in `main` of every binary that starts a [`crate::Driver`]: if this process was started as the
/// spawner, it is the spawner, and the call never returns.
pub fn run_spawner_if_asked() {
    let mut args = std::env::args_os();
    if args.next().is_none_or(|name| name != SPAWNER_NAME) {
        return;
    }
    let kind = args.next();
    let kinds = [
        Kind::Namespaces(Reach::Inside),
        Kind::Namespaces(Reach::Uplink),
        Kind::Unconfined,
        Kind::Probe,
    ];
    let kind = kinds
        .into_iter()
        .find(|known| kind.as_ref().is_some_and(|kind| kind == known.argument()));
    let code = match kind {
        Some(Kind::Probe) => i32::from(trial::run().is_err()),
        Some(kind) => run(kind),
        None => 2,
    };
    process::exit_now(code);
}

fn run(kind: Kind) -> i32 {
    let Ok(requests) = take_request_socket() else {
        return 1;
    };
    let answer = match Spawner::new(kind, &requests) {
        Ok(mut spawner) => {
            if say(&requests, &Report::Ready).is_ok() {
                spawner.fill_nurseries();
                return i32::from(spawner.serve(&requests).is_err());
            }
            return 1;
        }
        Err(failure) => Report::Failed(failure),
    };
    // If this fails too the server is gone and needs no answer.
    i32::from(say(&requests, &answer).is_ok())
}

fn say(socket: &OwnedFd, report: &Report) -> io::Result<()> {
    socket::send(socket.as_fd(), &report.to_bytes(), &[])
}

/// The server passes its socket as standard input; we make room for an ordinary one.
fn take_request_socket() -> io::Result<OwnedFd> {
    let requests = io::stdin().as_fd().try_clone_to_owned()?;
    close_all_but(&[requests.as_fd()])?;
    let null = File::open("/dev/null")?;
    duplicate_onto(null.as_fd(), 0).make()?;
    Ok(requests)
}

/// Where new sandboxes are put.
enum Ground {
    Namespaces {
        template: Template,
        hierarchies: Hierarchies,
        ids: birth::Ids,
    },
    Unconfined,
}

/// A sandbox, or a nursery for one, that is not entirely gone.
struct Living {
    pid: i32,
    pidfd: OwnedFd,
    /// Our end of its life line. The server is told "gone" on it. A nursery that waits has none.
    socket: Option<OwnedFd>,
    group: Option<Group>,
    ids: Option<birth::Range>,
    is_reaped: bool,
}

struct Spawner {
    proof: SingleThread,
    ground: Ground,
    watch: Watch,
    signals: OwnedFd,
    living: HashMap<u64, Living>,
    next_token: u64,
    moulds: Moulds,
    /// The nurseries that wait. The oldest one has waited longest for the kernel.
    waiting: VecDeque<Waiting>,
}

impl Spawner {
    fn new(kind: Kind, requests: &OwnedFd) -> Result<Self, Failure> {
        process::set_name(c"invoked-spawner");
        let proof = SingleThread::check().in_step("count the spawner's threads")?;
        // A terminal's Ctrl-C is for the server, which then tells us what to do.
        process::start_session().make().in_step("start a session")?;
        process::ignore_signals(&[libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGPIPE]);
        let signals = process::take_signals(&[libc::SIGCHLD]).in_step("take signals")?;
        let ground = match kind {
            Kind::Namespaces(reach) => {
                // Tried while the template is built, and known before anybody hears that all is well.
                let uplink = (reach == Reach::Uplink).then(|| trial::begin_uplink(proof));
                let hierarchies = Hierarchies::prepare();
                let built = Template::build(reach);
                let tried = uplink.map(|begun| begun.and_then(trial::Attempt::outcome));
                tried.unwrap_or(Ok(())).in_step(UPLINK_STEP)?;
                let template = built?;
                let ids = birth::Ids::new(template.is_privileged());
                Ground::Namespaces {
                    template,
                    hierarchies,
                    ids,
                }
            }
            Kind::Unconfined | Kind::Probe => Ground::Unconfined,
        };
        process::adopt_orphans().in_step("adopt orphans")?;
        let watch = Watch::new().in_step("create an epoll")?;
        for (fd, token) in [(requests.as_fd(), REQUESTS), (signals.as_fd(), SIGNALS)] {
            watch
                .add(fd, libc::EPOLLIN, token)
                .in_step("watch the server")?;
        }
        Ok(Self {
            proof,
            ground,
            watch,
            signals,
            living: HashMap::new(),
            next_token: FIRST_SANDBOX,
            moulds: Moulds::default(),
            waiting: VecDeque::new(),
        })
    }

    fn serve(mut self, requests: &OwnedFd) -> io::Result<()> {
        let mut is_ending = false;
        while !(is_ending && self.living.is_empty()) {
            let awaits_removal = self.living.values().any(|living| living.is_reaped);
            let timeout = if awaits_removal { REMOVAL_RETRY_MS } else { -1 };
            for token in self.watch.wait(timeout)? {
                match token {
                    REQUESTS => {
                        if !self.take_requests(requests) {
                            is_ending = true;
                            self.watch.remove(requests.as_fd())?;
                            self.end_all();
                        }
                    }
                    SIGNALS => self.reap(),
                    token => self.attend_to(token),
                }
            }
            self.remove_reaped();
        }
        // An init that is ending waits for those below its process namespace, whose parents are gone: they are ours now.
        while process::reap(Patience::UntilOneEnds).is_some() {}
        Ok(())
    }

    /// Starts what was asked for. `false` when nothing more will be asked.
    fn take_requests(&mut self, requests: &OwnedFd) -> bool {
        loop {
            match socket::receive(requests.as_fd()) {
                Ok(Some(message)) => {
                    if let Some(asked) = Asked::from_message(message) {
                        self.start(asked);
                    }
                }
                Ok(None) => return false,
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
    }

    fn start(&mut self, asked: Asked) {
        let failed = match self.ground {
            Ground::Namespaces { .. } => match self.hand_over(&asked) {
                Ok(token) => {
                    self.attend(token, asked.socket);
                    return self.fill_nurseries();
                }
                Err(failure) => failure,
            },
            Ground::Unconfined => match self.bear_unconfined(&asked) {
                Ok(born) => {
                    let token = self.keep(born.pid, born.pidfd, None);
                    return self.attend(token, asked.socket);
                }
                Err(failure) => failure,
            },
        };
        // The server waits for one of these on the socket; if it does not, nobody has to know.
        say(&asked.socket, &Report::Failed(failed)).unwrap_or_default();
    }

    /// A mould says something, or the server hangs up on a sandbox.
    fn attend_to(&mut self, token: u64) {
        match self.moulds.hear(token) {
            Some(State::Ready) => self.fill_nurseries(),
            Some(State::Starting | State::Useless) => {}
            None => self.end(token),
        }
    }

    fn bear_unconfined(&self, asked: &Asked) -> Result<birth::Born, Failure> {
        let (spec, _) = birth::read_request(&asked.request).in_step("read the request")?;
        birth::unconfined(&birth::Parts {
            proof: self.proof,
            spec: &spec,
            socket: &asked.socket,
            output: &asked.output,
            input: None,
            range: birth::Range::Ours,
            line: None,
        })
    }

    fn keep(&mut self, pid: i32, pidfd: OwnedFd, place: Option<(Group, birth::Range)>) -> u64 {
        let token = self.next_token;
        self.next_token += 1;
        let (group, ids) = place.unzip();
        let living = Living {
            pid,
            pidfd,
            socket: None,
            group,
            ids,
            is_reaped: false,
        };
        self.living.insert(token, living);
        token
    }

    /// Watches the life line of a sandbox from now on.
    fn attend(&mut self, token: u64, socket: OwnedFd) {
        let events = libc::EPOLLRDHUP | libc::EPOLLHUP;
        // Without being watched it still ends with its own socket.
        self.watch
            .add(socket.as_fd(), events, token)
            .unwrap_or_default();
        if let Some(living) = self.living.get_mut(&token) {
            living.socket = Some(socket);
        }
    }

    /// The server has hung up on a sandbox.
    fn end(&mut self, token: u64) {
        let Some(living) = self.living.get(&token) else {
            return;
        };
        if let Some(socket) = &living.socket {
            self.watch.remove(socket.as_fd()).unwrap_or_default();
        }
        self.kill(living);
    }

    fn end_all(&mut self) {
        // Forks that are on their way into a group that is killed now see their lines closed, and leave.
        self.waiting.clear();
        self.moulds = Moulds::default();
        for living in self.living.values() {
            self.kill(living);
        }
    }

    fn kill(&self, living: &Living) {
        match &self.ground {
            Ground::Namespaces { .. } => {
                if let Some(group) = &living.group {
                    group.kill();
                }
                // Init is bound to its nursery, and the kernel ends a process namespace with its init.
                process::kill(living.pidfd.as_fd());
            }
            // Its keeper takes SIGTERM as a hang-up and ends its descendants one by one.
            Ground::Unconfined if !living.is_reaped => process::signal(living.pid, libc::SIGTERM),
            Ground::Unconfined => {}
        }
    }

    fn reap(&mut self) {
        process::pending_signals(self.signals.as_fd());
        while let Some(ended) = process::reap(Patience::None) {
            for (token, living) in &mut self.living {
                if living.pid == ended.pid && !living.is_reaped {
                    living.is_reaped = true;
                    // With it goes the fork in its groups.
                    self.waiting.retain(|waiting| waiting.token != *token);
                }
            }
        }
        if matches!(self.ground, Ground::Unconfined) {
            self.kill_strays();
        }
    }

    /// A keeper that died before its descendants has left them to us.
    fn kill_strays(&self) {
        let own = i32::try_from(std::process::id()).unwrap_or(0);
        for pid in processes::children(own) {
            if !self.living.values().any(|living| living.pid == pid) {
                process::signal(pid, libc::SIGKILL);
            }
        }
    }

    /// Tells the server about every sandbox of which nothing is left.
    fn remove_reaped(&mut self) {
        let Self { living, ground, .. } = self;
        let (mut gone, mut left) = (Vec::new(), Vec::new());
        living.retain(|_, living| {
            if !living.is_reaped {
                return true;
            }
            let (memory_peak_bytes, oom_kills) =
                living.group.as_ref().map_or((0, 0), Group::memory_numbers);
            if let Ground::Namespaces { hierarchies, .. } = ground {
                if let Some(group) = &living.group
                    && hierarchies.remove(group).is_err()
                {
                    return true;
                }
                left.extend(living.ids);
            }
            let report = Report::Gone {
                memory_peak_bytes,
                oom_kills,
            };
            gone.extend(living.socket.take().map(|socket| (socket, report)));
            false
        });
        for range in left {
            // Relatives share theirs, and the last one to go gives them back.
            let is_free = living.values().all(|living| living.ids != Some(range));
            if let (true, Ground::Namespaces { ids, .. }) = (is_free, &mut *ground) {
                ids.give_back(range);
            }
        }
        // What we held of them is closed by now.
        for (socket, report) in gone {
            // A server that dropped the sandbox does not listen any more.
            say(&socket, &report).unwrap_or_default();
        }
    }
}
