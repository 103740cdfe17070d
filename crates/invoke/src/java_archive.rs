//! The archive of the classes that AWS's client for Java loads: made once for each virtual machine, in a sandbox, and
//! used read-only by every function's, which then starts in half the time.
//!
//! A virtual machine uses an archive only where its class path is the one that it was made with. So it is made where
//! it is used, behind the same mounts, while the client serves one event to a method that every machine has. Whatever
//! goes wrong here costs nothing but the time that would have been saved.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use domain::limits::{OPEN_FILES_MAX, PROCESSES_MAX};
use sandbox::{Driver, Exit, Isolation, LISTEN_TOKEN, Limits, ReadOnlyMount, Sandbox, Spec};
use store::BlobRef;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::net::unix::pipe::Receiver;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};
use uuid::Uuid;

use crate::desk::{Desk, Work};
use crate::environment::RUNTIME_API;
use crate::extensions_api::FunctionFacts;
use crate::interpreters::{Family, Interpreter};
use crate::prestart::RuntimeStart;
use crate::runtime_api;

/// Where a sandbox sees it. The place is free where the machine itself lies in `/usr`.
const PLACE: &str = "/var/lang";
const FILE: &str = "client.jsa";

/// The first version whose machine can write an archive when it ends.
const MAJOR_MIN: u8 = 13;

/// The method that serves the one event.
const HANDLER: &str = "java.util.Objects::isNull";

/// The machine writes the archive when it ends. Without one, what it has said is all there is.
const SCRIPT: &str = r#""$0" "$@" >/tmp/said 2>&1
test -s /tmp/client.jsa && exec cat /tmp/client.jsa
tail -c 500 /tmp/said; exit 1"#;

/// On a busy machine it takes a few seconds.
const TIME_MAX: Duration = Duration::from_mins(1);

/// They have some 10 MB.
const ARCHIVE_BYTES_MAX: u64 = 128 << 20;

const MEMORY_BYTES: u64 = 1 << 30;

/// The archives of one server.
#[derive(Debug)]
pub(crate) struct Archives {
    pub(crate) driver: Arc<dyn Driver>,
    /// Where they are kept.
    pub(crate) directory: PathBuf,
    pub(crate) tasks: TaskTracker,
    /// Those that were begun. One that failed is not tried again before the next start.
    pub(crate) begun: Mutex<HashSet<PathBuf>>,
}

/// The archive of one virtual machine.
#[derive(Debug, Clone)]
pub(crate) struct Archive {
    directory: PathBuf,
}

impl Archives {
    /// The archive for a machine and the jars in `client`, whether it is there or not; `None` if it would not be used.
    pub(crate) fn of(&self, interpreter: &Interpreter, client: &Path) -> Option<Archive> {
        let Interpreter {
            family,
            version,
            prefix,
            program,
        } = interpreter;
        let is_able = *family == Family::Java && version.major >= MAJOR_MIN && prefix.is_none();
        if !is_able || self.driver.isolation() != Isolation::Namespaces {
            return None;
        }
        let made_of = made_of(program, client).ok()?;
        let name = format!("java-{}", BlobRef::of(made_of.as_bytes()));
        let directory = self.directory.join(name);
        Some(Archive { directory })
    }

    /// Makes an archive in the background, unless that was done before.
    pub(crate) fn make(&self, archive: Archive, start: RuntimeStart) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if archive.directory.is_dir() || !begun.insert(archive.directory.clone()) {
            return;
        }
        let driver = Arc::clone(&self.driver);
        self.tasks
            .spawn(async move { archive.make(driver.as_ref(), &start).await });
    }
}

impl Archive {
    /// What shows it to a sandbox and has the machine use it, if it was made.
    pub(crate) fn usage(&self) -> Option<(ReadOnlyMount, [String; 2])> {
        let is_there = self.directory.join(FILE).is_file();
        is_there.then(|| {
            let option = format!("-XX:SharedArchiveFile={PLACE}/{FILE}");
            // One that does not fit is left aside, and what the machine says to that is no line of the function.
            let quiet = "-Xlog:cds=off".to_owned();
            (ReadOnlyMount::new(&self.directory, PLACE), [option, quiet])
        })
    }

    async fn make(&self, driver: &dyn Driver, start: &RuntimeStart) {
        let made = timeout(TIME_MAX, record(driver, start)).await;
        let made = made.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let kept = made.and_then(|archive| self.keep(&archive).map(|()| archive.len()));
        match kept {
            Ok(bytes) => info!(runtime = %start.runtime, bytes, "java classes archived"),
            Err(error) => {
                warn!(runtime = %start.runtime, %error, "java functions start without an archive of classes");
            }
        }
    }

    /// Complete or not there.
    fn keep(&self, archive: &[u8]) -> io::Result<()> {
        let unfinished = self
            .directory
            .with_extension(Uuid::new_v4().simple().to_string());
        fs::create_dir_all(&unfinished)?;
        fs::write(unfinished.join(FILE), archive)?;
        fs::rename(&unfinished, &self.directory)
    }
}

/// What an archive depends on: the machine and the jars, told by their sizes and times.
fn made_of(program: &Path, client: &Path) -> io::Result<String> {
    let mut files = vec![program.to_owned()];
    for entry in fs::read_dir(client)? {
        files.push(entry?.path());
    }
    files.sort();
    let described = files.iter().map(|file| {
        let metadata = fs::metadata(file)?;
        let age = metadata.modified()?.duration_since(UNIX_EPOCH);
        let nanos = age.map_or(0, |age| age.as_nanos());
        let (path, bytes) = (file.display(), metadata.len());
        Ok(format!("{path} {bytes} {nanos}\n"))
    });
    described.collect()
}

/// Runs the client for one event, and gives the archive that its machine writes at the end.
async fn record(driver: &dyn Driver, start: &RuntimeStart) -> io::Result<Vec<u8>> {
    let spawned = driver.spawn(spec(start)).await.map_err(io::Error::other)?;
    let Sandbox {
        listener,
        output,
        tree,
        ..
    } = spawned;
    let listener = TcpListener::from_std(listener)?;
    let ended = async {
        let served = tokio::select! {
            served = serve_one_event(listener) => served,
            _ = tree.exited() => Err(io::Error::other("the client has ended")),
        };
        let exit = tree.exited().await;
        // What is above the command holds the output open.
        tree.kill().await;
        (served, exit)
    };
    let (written, (served, exit)) = tokio::join!(read(output), ended);
    let written = written?;
    if exit != Exit::Code(0) {
        let said = String::from_utf8_lossy(&written);
        return Err(io::Error::other(format!("{exit:?}, {served:?}: {said}")));
    }
    served.map(|()| written)
}

/// When this ends, the listener and its connections do, and with them the client.
async fn serve_one_event(listener: TcpListener) -> io::Result<()> {
    let (desk, initialized) = Desk::new(&[]);
    let desk = Arc::new(desk);
    let function = FunctionFacts {
        name: String::new(),
        version: String::new(),
        handler: HANDLER.to_owned(),
        account: String::new(),
    };
    let served = async {
        let gone = |_| io::Error::other("the client is gone");
        initialized.await.map_err(gone)?;
        let work = Work {
            request: Uuid::new_v4(),
            payload: Bytes::from_static(br#"{"a":[1,"b",null]}"#),
            deadline_millis: u64::MAX >> 1,
            invoked_arn: "arn:aws:lambda:us-east-1:000000000000:function:none".to_owned(),
            trace: String::new(),
            client_context: None,
            stream: None,
        };
        let outcome = desk.assign(work).map_err(io::Error::other)?;
        outcome.await.map(drop).map_err(gone)
    };
    tokio::select! {
        served = served => served,
        () = runtime_api::serve(listener, Arc::clone(&desk), Arc::new(function)) => Ok(()),
    }
}

async fn read(output: OwnedFd) -> io::Result<Vec<u8>> {
    let mut archive = Vec::new();
    let output = Receiver::from_owned_fd(output)?;
    output
        .take(ARCHIVE_BYTES_MAX)
        .read_to_end(&mut archive)
        .await?;
    Ok(archive)
}

fn spec(start: &RuntimeStart) -> Spec {
    let mut args = vec!["-c".into(), SCRIPT.into(), start.program.clone().into()];
    args.push("-XX:ArchiveClassesAtExit=/tmp/client.jsa".into());
    args.extend(start.args.iter().cloned());
    args.push(HANDLER.into());
    let env = [
        ("AWS_LAMBDA_RUNTIME_API", LISTEN_TOKEN),
        ("AWS_LAMBDA_FUNCTION_NAME", "none"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "none"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "none"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_REGION", "us-east-1"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/bin:/bin"),
    ];
    Spec {
        mounts: start.shared.clone(),
        program: PathBuf::from("/bin/sh"),
        args,
        env: env.map(|(name, value)| (name.into(), value.into())).into(),
        working_dir: PathBuf::from("/"),
        listen: RUNTIME_API,
        limits: Limits {
            memory_bytes: MEMORY_BYTES,
            tmp_bytes: ARCHIVE_BYTES_MAX,
            pids_max: PROCESSES_MAX,
            open_files_max: OPEN_FILES_MAX,
            cpu_millis: None,
        },
        companions: Vec::new(),
        mould: None,
    }
}
