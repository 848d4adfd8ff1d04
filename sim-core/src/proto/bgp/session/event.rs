//! The words of the state machine: states, events and actions.
//!
//! # Source
//! RFC 4271 §8.1 (events), §8.2.2 (states).

/// Where a connection, or a session, stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize,
)]
pub enum State {
    /// Nothing is tried and nobody is heard.
    #[default]
    Idle,
    /// The peer's TCP connection is awaited.
    Active,
    /// A TCP connection to the peer is being opened.
    Connect,
    /// OPEN was sent.
    OpenSent,
    /// OPEN was sent and accepted; the peer's KEEPALIVE is awaited.
    OpenConfirm,
    /// Routes are exchanged.
    Established,
}

impl State {
    /// All states, in the RFC's order.
    pub const ALL: [Self; 6] = [
        Self::Idle,
        Self::Connect,
        Self::Active,
        Self::OpenSent,
        Self::OpenConfirm,
        Self::Established,
    ];

    /// As the RFC spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "Idle",
            Self::Connect => "Connect",
            Self::Active => "Active",
            Self::OpenSent => "OpenSent",
            Self::OpenConfirm => "OpenConfirm",
            Self::Established => "Established",
        }
    }
}

impl core::fmt::Display for State {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What happens to a connection: RFC 4271 §8.1, by its names and in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the RFC's names say it; the number is the RFC's")]
pub enum Event {
    ManualStart = 1,
    ManualStop,
    AutomaticStart,
    ManualStartPassive,
    AutomaticStartPassive,
    AutomaticStartDamped,
    AutomaticStartDampedPassive,
    AutomaticStop,
    ConnectRetryExpires,
    HoldExpires,
    KeepaliveExpires,
    DelayOpenExpires,
    IdleHoldExpires,
    TcpRequestValid,
    TcpRequestInvalid,
    TcpRequestAcked,
    TcpConfirmed,
    TcpFails,
    Open,
    OpenWithDelayRunning,
    HeaderError,
    OpenError,
    CollisionDump,
    NotificationVersionError,
    Notification,
    Keepalive,
    Update,
    UpdateError,
}

impl Event {
    /// All events, in the RFC's order.
    pub const ALL: [Self; 28] = [
        Self::ManualStart,
        Self::ManualStop,
        Self::AutomaticStart,
        Self::ManualStartPassive,
        Self::AutomaticStartPassive,
        Self::AutomaticStartDamped,
        Self::AutomaticStartDampedPassive,
        Self::AutomaticStop,
        Self::ConnectRetryExpires,
        Self::HoldExpires,
        Self::KeepaliveExpires,
        Self::DelayOpenExpires,
        Self::IdleHoldExpires,
        Self::TcpRequestValid,
        Self::TcpRequestInvalid,
        Self::TcpRequestAcked,
        Self::TcpConfirmed,
        Self::TcpFails,
        Self::Open,
        Self::OpenWithDelayRunning,
        Self::HeaderError,
        Self::OpenError,
        Self::CollisionDump,
        Self::NotificationVersionError,
        Self::Notification,
        Self::Keepalive,
        Self::Update,
        Self::UpdateError,
    ];
}

/// What the optional attribute DelayOpen does at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DelayOpen {
    /// It is not configured.
    Off,
    /// It is configured, and its timer does not run.
    Set,
    /// Its timer runs: TCP is up and OPEN is held back.
    Running,
}

/// Something to do on a transition, in the order listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// ConnectRetryCounter becomes zero.
    ForgetRetries,
    /// ConnectRetryCounter grows by one.
    CountRetry,
    /// The next automatic start waits for the idle hold time, longer after each error.
    Damp,
    /// The automatic start that IdleHold held back may come.
    AllowStart,
    /// Starts ConnectRetryTimer anew.
    StartConnectRetry,
    /// Stops it.
    StopConnectRetry,
    /// Opens a TCP connection to the peer.
    OpenTransport,
    /// Gives up the TCP connection, or the attempt to open it.
    DropTransport,
    /// Starts DelayOpenTimer.
    StartDelayOpen,
    /// Stops it.
    StopDelayOpen,
    /// Sends OPEN.
    SendOpen,
    /// Starts HoldTimer at its large value, four minutes.
    StartOpenHold,
    /// Takes over what the two OPENs have in common.
    Negotiate,
    /// Starts HoldTimer at the negotiated time, if there is one.
    StartHold,
    /// Starts HoldTimer again.
    RestartHold,
    /// Sends KEEPALIVE and starts KeepaliveTimer, if there is one.
    SendKeepalive,
    /// Sends the NOTIFICATION that belongs to the event.
    Notify,
    /// Sends NOTIFICATION 5 with the subcode of the state.
    NotifyFsmError,
    /// Sends NOTIFICATION 4.
    NotifyHoldExpired,
    /// The session is up: routes may flow.
    GoUp,
    /// Deletes the peer's routes, or keeps them as stale for a graceful restart.
    ReleaseRoutes,
    /// Stops all timers of the connection.
    StopTimers,
}
