//! What gives way first, as it is named and explained.

use serde::{Deserialize, Serialize};

/// What gives way first: a short paragraph for people, evidence that can be checked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// Its name for machines.
    pub kind: CauseKind,
    /// The other causes that explain what was seen as well, where there are any.
    #[serde(default)]
    pub or: Vec<CauseKind>,
    /// What was seen: full sentences.
    pub seen: String,
    /// The experiment that decides, where there are several.
    #[serde(default)]
    pub decides: String,
    /// What each of them means, where there are several.
    #[serde(default)]
    pub either: Vec<Explanation>,
    /// What was observed inside the service, set against that; empty where nobody looked.
    #[serde(default)]
    pub inside: String,
    /// What that means.
    pub means: String,
    /// What to change, by the usual name of the setting.
    pub change: String,
    /// What it could be mistaken for, and how to find out which it is.
    pub mistaken_for: String,
    /// Figures that speak for it, one sentence each.
    pub evidence: Vec<String>,
}

/// What one of several causes means, and what to do about it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The cause.
    pub kind: CauseKind,
    /// What people call it: a noun in a sentence.
    pub title: String,
    /// What it means.
    pub means: String,
    /// What to change then.
    pub change: String,
}

/// A part of the diagnosis, as people read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Paragraph {
    /// What it is about.
    pub heading: String,
    /// Full sentences.
    pub text: String,
}

/// What stands for the name of an endpoint where it is not known.
pub(super) const ONE_ENDPOINT: &str = "One endpoint";

impl Cause {
    /// What people call it: a noun in a sentence, of several causes all.
    pub fn title(&self) -> String {
        let kinds = [self.kind].into_iter().chain(self.or.iter().copied());
        kinds.map(|kind| self.title_of(kind)).collect::<Vec<_>>().join(" or ")
    }

    /// With the name of the endpoint that it is about.
    pub(super) fn with_endpoint(self, name: &str) -> Cause {
        Cause { seen: self.seen.replacen(ONE_ENDPOINT, &format!("`{name}`"), 1), ..self }
    }

    /// Whether a number of streams at once is one of places, and not only what a rate came to.
    pub fn is_sure_of_slots(&self) -> bool {
        let are_places = |kind: &CauseKind| {
            matches!(kind, CauseKind::SlotPool | CauseKind::BatchSlots | CauseKind::ConcurrencyCap)
        };
        are_places(&self.kind) && self.or.iter().all(are_places)
    }

    /// What people call one of its causes, by what else it may be.
    pub(super) fn title_of(&self, kind: CauseKind) -> &'static str {
        match kind {
            // Connections are only thought of where requests beside the streams wait as well.
            CauseKind::AdmissionRate if self.or == [CauseKind::DatabaseConnections] => {
                "a rate in front of every request"
            }
            kind => kind.title(),
        }
    }

    /// The diagnosis, part by part: of several causes first what decides between them, then each by its name.
    pub fn paragraphs(&self) -> Vec<Paragraph> {
        let part =
            |heading: &str, text: &str| Paragraph { heading: heading.to_owned(), text: text.to_owned() };
        let mut parts = vec![part("What was seen", &self.seen), part("What was seen inside", &self.inside)];
        if self.either.is_empty() {
            parts.push(part("What it means", &self.means));
            parts.push(part("What to change", &self.change));
            parts.push(part("What it could be mistaken for", &self.mistaken_for));
        } else {
            parts.push(part("What decides", &self.decides));
            parts.extend(self.either.iter().map(|one| {
                part(&format!("If it is {}", one.title), &format!("{} {}", one.means, one.change))
            }));
        }
        parts.retain(|part| !part.text.is_empty());
        parts
    }
}

/// What can give way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    /// A pool whose slot is held for the length of a stream.
    SlotPool,
    /// Places in the batch of a model's engine.
    BatchSlots,
    /// A processor that all answers share.
    SharedProcessor,
    /// A rate in front of the first token.
    AdmissionRate,
    /// A number of streams at once beyond which the service refuses.
    ConcurrencyCap,
    /// The service does less the more it is asked.
    Collapse,
    /// A criterion is missed while throughput still grows.
    Slower,
    /// A pool of threads that each chunk of a stream passes through.
    ThreadPerChunk,
    /// The CPU of the one event loop.
    EventLoop,
    /// What the network between service and users carries.
    Bandwidth,
    /// Connections to the database.
    DatabaseConnections,
    /// Locks that transactions wait for.
    DatabaseLocks,
    /// The whole process stands still now and then, at any load.
    Pauses,
    /// Some chunks of a stream come very late under load, while most come as ever.
    Stalls,
    /// A part that serves only some of the requests, as one of several replicas.
    OneOfSeveral,
    /// One endpoint waits by itself.
    OneEndpoint,
    /// An endpoint fails whenever it is asked: no limit.
    Broken,
    /// A pool of connections that the service keeps to its model, to Redis or to another service.
    ClientPool,
    /// The files and connections that the service may have open.
    OpenFiles,
    /// The processor time that a container may use.
    CpuQuota,
    /// A rate limiter.
    RateLimit,
    /// A proxy that collects streams before it passes them on.
    BufferingProxy,
    /// The load generator itself.
    Generator,
    /// Nothing gave way among the users that were tried.
    NoneInRange,
    /// None of the known signatures, or several.
    #[default]
    Unsure,
}

impl CauseKind {
    /// Whether it holds up streams only: what is beside them is as fast as ever.
    pub(super) const fn is_of_streams(self) -> bool {
        use CauseKind::{
            AdmissionRate, BatchSlots, BufferingProxy, OneOfSeveral, SharedProcessor, SlotPool, Stalls,
            ThreadPerChunk,
        };
        matches!(
            self,
            SlotPool
                | BatchSlots
                | AdmissionRate
                | ThreadPerChunk
                | SharedProcessor
                | Stalls
                | OneOfSeveral
                | BufferingProxy
        )
    }

    /// Whether it is seen by how figures move with the users, and not by what the service says or does at any load.
    pub(super) const fn is_by_users(self) -> bool {
        use CauseKind::{
            Broken, BufferingProxy, ClientPool, ConcurrencyCap, DatabaseConnections, DatabaseLocks,
            Generator, OpenFiles, Pauses, RateLimit, Unsure,
        };
        !matches!(
            self,
            BufferingProxy
                | Broken
                | ClientPool
                | ConcurrencyCap
                | DatabaseConnections
                | DatabaseLocks
                | Generator
                | OpenFiles
                | Pauses
                | RateLimit
                | Unsure
        )
    }

    /// What people call it: a noun in a sentence.
    pub const fn title(self) -> &'static str {
        match self {
            CauseKind::SlotPool => "a slot pool held per stream",
            CauseKind::BatchSlots => "the batch slots of the model's engine",
            CauseKind::SharedProcessor => "a processor that all answers share",
            CauseKind::AdmissionRate => "a rate in front of the first token",
            CauseKind::ConcurrencyCap => "a cap on streams or connections at once",
            CauseKind::Collapse => "a collapse under load",
            CauseKind::Slower => "what people wait for, before the service is full",
            CauseKind::ThreadPerChunk => "a thread per chunk",
            CauseKind::EventLoop => "the event loop's CPU",
            CauseKind::Bandwidth => "the bandwidth of the network",
            CauseKind::DatabaseConnections => "database connections",
            CauseKind::DatabaseLocks => "locks in the database",
            CauseKind::Pauses => "pauses of the whole process",
            CauseKind::Stalls => "stalls that come with the load",
            CauseKind::OneOfSeveral => "a part that serves only a share of the requests",
            CauseKind::OneEndpoint => "one endpoint by itself",
            CauseKind::Broken => "nothing that users fill up: an endpoint always fails",
            CauseKind::ClientPool => "the service's own pool of client connections",
            CauseKind::OpenFiles => "the open files of the service",
            CauseKind::CpuQuota => "the container's quota of processor time",
            CauseKind::RateLimit => "a rate limiter",
            CauseKind::BufferingProxy => "a buffering proxy",
            CauseKind::Generator => "the load generator itself",
            CauseKind::NoneInRange => "nothing in range",
            CauseKind::Unsure => "undetermined",
        }
    }
}
