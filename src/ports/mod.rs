//! What the journey asks of the world: small traits whose comments are promises.

pub mod card;
pub mod mail;
pub mod store;
pub mod unseal;

use jiff::Timestamp;

/// The time, handed in so that a test, a sample and an audit can choose it.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// Randomness for keys, ids, tickets and salts.
pub trait Random: Send + Sync {
    /// Fills the buffer with bytes nobody can foretell (in a test: with bytes of a seed).
    fn fill(&self, buffer: &mut [u8]);
}

/// Random bytes of a known length.
pub fn random_bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}

/// The named points where a run may end: between an intent and its deed, and between a deed and its record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Waypoint {
    PrestageKeysMade,
    PrestagePendingStored,
    PrestageSecretsSet,
    IntakeBlobStored,
    IntakeMailStored,
    IntakeJudged,
    IntakeCommitted,
    IntakeSettled,
    ReviewSigned,
    IssueReserved,
    IssueSigned,
    IssueCommitted,
    LetterReserved,
    LetterRendered,
    BatchKept,
    BatchTakenOut,
    BatchLaidOut,
    DispatchHandedOver,
    BatchDestroyed,
    LetterGivenUp,
    OutboxHanded,
    UnsealReleased,
    UnsealPendingStored,
    UnsealCertificatesWritten,
    UnsealPinSet,
    UnsealManagementKeySet,
    UnsealPukSet,
    UnsealCommitted,
    WalkInPapersKept,
    WalkInDrafted,
    WalkInRecorded,
}

impl Waypoint {
    /// All of them, in the order of the journey; those of the walk-in, which is another way through it, at the end.
    pub const ALL: [Waypoint; 31] = [
        Waypoint::PrestageKeysMade,
        Waypoint::PrestagePendingStored,
        Waypoint::PrestageSecretsSet,
        Waypoint::IntakeBlobStored,
        Waypoint::IntakeMailStored,
        Waypoint::IntakeJudged,
        Waypoint::IntakeCommitted,
        Waypoint::IntakeSettled,
        Waypoint::ReviewSigned,
        Waypoint::IssueReserved,
        Waypoint::IssueSigned,
        Waypoint::IssueCommitted,
        Waypoint::LetterReserved,
        Waypoint::LetterRendered,
        Waypoint::BatchKept,
        Waypoint::BatchTakenOut,
        Waypoint::BatchLaidOut,
        Waypoint::DispatchHandedOver,
        Waypoint::BatchDestroyed,
        Waypoint::LetterGivenUp,
        Waypoint::OutboxHanded,
        Waypoint::UnsealReleased,
        Waypoint::UnsealPendingStored,
        Waypoint::UnsealCertificatesWritten,
        Waypoint::UnsealPinSet,
        Waypoint::UnsealManagementKeySet,
        Waypoint::UnsealPukSet,
        Waypoint::UnsealCommitted,
        Waypoint::WalkInPapersKept,
        Waypoint::WalkInDrafted,
        Waypoint::WalkInRecorded,
    ];
}

/// The run was ended at a named point.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the run was ended at {0:?}, as asked; run the same command again")]
pub struct Interrupted(pub Waypoint);

/// Lets a test end the run at a named point; in daily use it lets everything pass.
pub trait Waypoints: Send + Sync {
    /// `Ok` to go on; an error, or no return at all, ends the run here.
    fn pass(&self, at: Waypoint) -> Result<(), Interrupted>;
}
