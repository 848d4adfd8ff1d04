//! An answer that is too large for one window: a bulk flow to the caller.

use crate::migrate::ground::{Request, Stage};
use crate::net::fluid::Transfer;
use crate::reason::Reason;
use crate::resource::FlowId;
use crate::units::{DataSize, SimTime, Span};

use super::super::flow::{FlowOwner, Pull};
use super::super::terrain::Terrain;
use super::session::Session;
use super::{Exchange, Phase, Progress};

/// What a server sends without waiting for an acknowledgement: ten full segments, RFC 6928 section
/// 2. A smaller answer comes with the reply itself.
const INITIAL_WINDOW: DataSize = DataSize::bytes(14_600);
/// The most that a caller's system takes in unacknowledged: the default `tcp_rmem[2]` of Linux ("IP
/// Sysctl"), 6 MiB.
const RECEIVE_WINDOW: DataSize = DataSize::mib(6);
/// How long a caller waits for data that do not come: the read time-out of Wget, by which AWS's
/// instructions fetch the installer.
const READ_TIMEOUT: Span = Span::secs(900);

/// An answer on its way.
#[derive(Debug, Clone)]
pub(super) struct Download {
    flow: FlowId,
    transfer: Transfer,
    give_up_at: Option<SimTime>,
    session: Session,
}

impl Download {
    pub(super) fn next_wake(&self) -> Option<SimTime> {
        match (self.transfer.completes_at(), self.give_up_at) {
            (Some(done), Some(give_up)) => Some(done.min(give_up)),
            (done, give_up) => done.or(give_up),
        }
    }
}

impl Terrain {
    /// Begins to fetch the answer, where it is large.
    pub(super) fn download(&mut self, exchange: &mut Exchange, session: &Session) -> Option<Progress> {
        let Request::Api { answer, .. } = &exchange.call.request else {
            return None;
        };
        if *answer <= INITIAL_WINDOW {
            return None;
        }
        let transfer = Transfer::new(*answer, self.now());
        let pull = Pull {
            line: self.adopt_line(exchange.call.from, session.flow, session.remote?),
            window: RECEIVE_WINDOW,
        };
        let flow = self.pull_flow(FlowOwner::Call(exchange.id), pull);
        exchange.phase = Phase::Download(Download {
            flow,
            transfer,
            give_up_at: Some(self.now() + READ_TIMEOUT),
            session: session.clone(),
        });
        Some(Progress::Going)
    }

    /// The flow has another rate.
    pub(super) fn on_download_change(&mut self, exchange: &mut Exchange, flow: FlowId) -> Progress {
        let now = self.now();
        let rate = self.flow_rate(flow);
        if let Phase::Download(download) = &mut exchange.phase
            && download.flow == flow
        {
            download.transfer.set_rate(now, rate);
            download.give_up_at = rate.is_zero().then(|| now + READ_TIMEOUT);
        }
        Progress::Going
    }

    /// The answer is complete, or has not come on for too long.
    pub(super) fn on_download_timer(&mut self, exchange: &mut Exchange) -> Progress {
        let now = self.now();
        let Phase::Download(download) = &mut exchange.phase else {
            return Progress::Going;
        };
        download.transfer.advance(now);
        let (flow, session) = (download.flow, download.session.clone());
        if download.transfer.is_complete() {
            return self.done(exchange, &session);
        }
        if download.give_up_at.is_some_and(|at| at <= now) {
            let stopped_by = self.flow_refusal(flow);
            return exchange.fail(Stage::Request, Reason::ConnectionTimedOut, stopped_by);
        }
        Progress::Going
    }

    /// The call is over, and with it the flow.
    pub(super) fn end_download(&mut self, download: &Download) {
        self.end_flow(download.flow);
    }
}
