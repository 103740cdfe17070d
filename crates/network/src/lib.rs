//! The network outside of sandboxes: what a function sends is taken out of its frames and sent by sockets of this process.
//!
//! ```text
//! function ─ its kernel ─ eth0 │ frames │ Line ─▶ packet ─▶ policy ─┬▶ stream    ─▶ a TCP connection of ours
//!                              sandbox  │                           └▶ datagrams ─▶ a UDP socket of ours
//! ```
//!
//! Nothing of the host changes: no interface, no route, no rule. It works the same for root and for anybody. One task
//! serves one sandbox, and everything that it has opened ends with it.
//!
//! This crate knows frames, addresses and ports. It does not know functions.

mod datagrams;
mod hosts_own;
mod line;
mod names;
mod packet;
mod policy;
mod stack;
mod stream;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Semaphore;

use policy::Policy;
pub use policy::{API_PORT, Exception, NoException};
use stack::Stack;

/// What an operator may tune.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What may be reached although it is the host's, or link-local.
    pub exceptions: Vec<Exception>,
    /// Where this server's API listens; every sandbox reaches it at [`Gateway::api_url`].
    pub api: Option<SocketAddr>,
    /// Names whom the host asks for names, in the form of resolv.conf(5).
    pub resolvers: PathBuf,
    /// How many sockets all sandboxes may have open here together.
    pub sockets_max: usize,
}

/// What a sandbox may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// What the operator lets every sandbox reach.
    Outside,
    /// Nothing: it is told that there is no network.
    Nothing,
}

/// The way to the network for every sandbox. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
}

/// What all sandboxes share.
#[derive(Debug)]
struct Shared {
    policy: Policy,
    api: Option<SocketAddr>,
    resolvers: PathBuf,
    sockets: Arc<Semaphore>,
}

impl Gateway {
    pub fn new(settings: Settings) -> Self {
        let shared = Shared {
            policy: Policy {
                gateway: sandbox::uplink::GATEWAY,
                has_api: settings.api.is_some(),
                exceptions: settings.exceptions,
            },
            api: settings.api,
            resolvers: settings.resolvers,
            sockets: Arc::new(Semaphore::new(settings.sockets_max)),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Where a sandbox reaches the API of this server, if it may.
    pub fn api_url(&self) -> Option<String> {
        let address = sandbox::uplink::GATEWAY;
        self.shared
            .api
            .map(|_| format!("http://{address}:{API_PORT}"))
    }

    /// Serves one sandbox over its [`sandbox::Sandbox::uplink`], until that fails; dropping the future ends every
    /// connection of the sandbox. Must be called inside of a runtime.
    pub fn serve(
        &self,
        uplink: OwnedFd,
        access: Access,
    ) -> io::Result<impl Future<Output = io::Error> + Send + use<>> {
        let stack = Stack::new(Arc::clone(&self.shared), uplink, access)?;
        Ok(stack.run())
    }
}
