//! A ground for tests: calls succeed unless a block stands in their way, flows get what the link
//! carries, and everything that is announced is written down.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::kernel::RecordId;
use crate::kernel::{Arena, Streams};
use crate::migrate::ground::{
    Actor, Call, CallDone, CallFailed, CallId, CallOutcome, FlowSpec, Ground, Hold, HoldEvent, HoldId,
    InstanceSpec, PublicAddress, Remote, Request, Stage,
};
use crate::migrate::mgn::{
    Account, AdminRole, AgentInstall, Application, BootMode, Command, CommandKind, Config, CopyPrivateIp,
    Credentials, DataPlaneRouting, Disk, Encryption, GroupPolicy, Initialisation, Input, InstanceType,
    LargeStagingDisk, LaunchTemplate, ManagedPolicy, Mgn, Notice, Prerequisites, Quotas, ReplicationTemplate,
    Secret, ServerConfig, ServerSharing, SourceServer, Token, Wave, WriteProfile,
};
use crate::reason::Reason;
use crate::resource::{FlowId, HostId, RegionId, ResourceRef, SecurityGroupId, SourceServerId, SubnetId};
use crate::units::{BitRate, DataSize, Ppm, SimTime, Span};
use crate::verdict::Refusal;

/// The first instance that the bench launches; sources come before it.
const FIRST_INSTANCE: u32 = 1_000;

/// What keeps calls and connections from coming through.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// Part of the host name, of the request's resource or of the address.
    pub(super) what: &'static str,
    pub(super) port: u16,
    pub(super) stage: Stage,
    pub(super) symptom: Reason,
    pub(super) stopped_by: Option<Refusal>,
    /// Sources, or instances of the service.
    pub(super) side: Side,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Cloud,
    Both,
}

impl Block {
    /// A connection that times out because a security group has no rule.
    pub(super) fn timeout(what: &'static str, port: u16, side: Side) -> Self {
        let group = SecurityGroupId::from_index(7);
        Self {
            what,
            port,
            stage: Stage::Connect,
            symptom: Reason::ConnectionTimedOut,
            stopped_by: Some(Refusal::at(Reason::SecurityGroupMismatch, group)),
            side,
        }
    }
    /// A request that is answered with a refusal.
    pub(super) fn answer(what: &'static str, symptom: Reason, side: Side) -> Self {
        Self {
            what,
            port: 443,
            stage: Stage::Request,
            symptom,
            stopped_by: None,
            side,
        }
    }
    fn stops(&self, from: HostId, to: &str, port: u16) -> bool {
        let side = match from.index() < FIRST_INSTANCE as usize {
            true => Side::Source,
            false => Side::Cloud,
        };
        self.port == port && to.contains(self.what) && (self.side == Side::Both || self.side == side)
    }
    fn failed(&self) -> CallFailed {
        CallFailed {
            stage: self.stage,
            symptom: self.symptom,
            stopped_by: self.stopped_by,
            address: None,
        }
    }
}

/// The ground and everything on it.
#[derive(Debug)]
pub(super) struct Bench {
    now: SimTime,
    seq: u64,
    next_id: u64,
    queue: BTreeMap<(SimTime, u64), Input>,
    wakes: BTreeMap<Actor, (SimTime, u64)>,
    holds: BTreeMap<HoldId, (Actor, Hold, bool)>,
    flows: BTreeMap<FlowId, (Actor, BitRate, BitRate)>,
    hosts: BTreeMap<HostId, InstanceSpec>,
    pub(super) calls: Vec<String>,
    pub(super) blocks: Vec<Block>,
    /// What the link carries of each flow.
    link: BitRate,
    /// What refuses the next launches of instances whose name begins so.
    pub(super) refuse_launch: Option<(&'static str, Refusal)>,
    pub(super) clock: Option<Refusal>,
    pub(super) trace: Vec<String>,
    pub(super) n_inputs: u64,
}

impl Bench {
    fn new() -> Self {
        Self {
            now: SimTime::START,
            seq: 0,
            next_id: 0,
            queue: BTreeMap::new(),
            wakes: BTreeMap::new(),
            holds: BTreeMap::new(),
            flows: BTreeMap::new(),
            hosts: BTreeMap::new(),
            calls: Vec::new(),
            blocks: Vec::new(),
            link: BitRate::mbps(100),
            refuse_launch: None,
            clock: None,
            trace: Vec::new(),
            n_inputs: 0,
        }
    }
    fn push(&mut self, at: SimTime, input: Input) -> u64 {
        self.seq += 1;
        self.queue.insert((at, self.seq), input);
        self.seq
    }
    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
    fn target(&self, to: &Remote) -> String {
        match to {
            Remote::Name(name) => name.to_string(),
            Remote::Address(address) => address.to_string(),
        }
    }
    fn stopping(&self, from: HostId, to: &str, port: u16) -> Option<Block> {
        self.blocks
            .iter()
            .find(|block| block.stops(from, to, port))
            .cloned()
    }
    fn set_rates(&mut self) {
        let changed: Vec<(FlowId, Actor, BitRate)> = self
            .flows
            .iter()
            .filter(|(_, (_, cap, rate))| (*cap).min(self.link) != *rate)
            .map(|(flow, (actor, cap, _))| (*flow, *actor, (*cap).min(self.link)))
            .collect();
        for (flow, actor, rate) in changed {
            if let Some(row) = self.flows.get_mut(&flow) {
                row.2 = rate;
            }
            self.push(self.now, Input::FlowRate { actor, flow, rate });
        }
    }
    /// How many instances run.
    pub(super) fn n_instances(&self) -> usize {
        self.hosts.len()
    }
    pub(super) fn n_flows(&self) -> usize {
        self.flows.len()
    }
    pub(super) fn instances(&self) -> Vec<&str> {
        self.hosts.values().map(|spec| spec.name.as_str()).collect()
    }
}

impl Ground for Bench {
    fn now(&self) -> SimTime {
        self.now
    }
    fn note(&mut self, subject: ResourceRef, notice: Notice) {
        let line = format!(
            "{} {}: {}",
            clock(self.now),
            subject_text(subject),
            notice_text(&notice)
        );
        self.trace.push(line);
    }
    fn cause(&self) -> Option<RecordId> {
        None
    }
    fn follow_from(&mut self, _: Option<RecordId>) {}
    fn wake(&mut self, actor: Actor, at: Option<SimTime>) {
        if let Some(key) = self.wakes.remove(&actor) {
            self.queue.remove(&key);
        }
        if let Some(at) = at {
            let seq = self.push(at, Input::Wake(actor));
            self.wakes.insert(actor, (at, seq));
        }
    }
    fn call(&mut self, actor: Actor, call: Call) -> CallId {
        let id = CallId(self.id());
        let to = self.target(&call.to);
        let asked = match &call.request {
            Request::Connect | Request::Echo(_) => to.clone(),
            Request::PinnedTls => format!("{to} pinned"),
            Request::Api { action, resource, .. } => format!("{to} {action} {resource}"),
        };
        let block = self.stopping(call.from, &asked, call.port);
        self.calls.push(format!("{asked}:{}", call.port));
        let (outcome, took): (CallOutcome, Span) = match block {
            Some(block) if block.stage == Stage::Connect => (Err(block.failed()), call.connect_timeout),
            Some(block) => (Err(block.failed()), Span::millis(100)),
            None => (
                Ok(CallDone {
                    address: Ipv4Addr::LOCALHOST,
                    remote: ResourceRef::Lab,
                    elapsed: Span::millis(100),
                }),
                Span::millis(100),
            ),
        };
        let call = id;
        self.push(self.now + took, Input::CallDone { actor, call, outcome });
        id
    }
    fn hold(&mut self, actor: Actor, hold: Hold) -> HoldId {
        let id = HoldId(self.id());
        let blocked = self.stopping(hold.from, &self.target(&hold.to), hold.port);
        if let Some(block) = &blocked {
            let event = HoldEvent::Lost(block.failed());
            let at = self.now + hold.lost_after;
            self.push(
                at,
                Input::Hold {
                    actor,
                    hold: id,
                    event,
                },
            );
        }
        self.holds.insert(id, (actor, hold, blocked.is_none()));
        id
    }
    fn release(&mut self, hold: HoldId) {
        assert!(self.holds.remove(&hold).is_some(), "{hold:?} is released twice");
    }
    fn open_flow(&mut self, actor: Actor, flow: FlowSpec) -> FlowId {
        assert!(self.hosts.contains_key(&flow.to), "a flow to nowhere");
        let id = FlowId::from_index(u32::try_from(self.id()).unwrap_or(0));
        self.flows.insert(id, (actor, flow.cap, BitRate::ZERO));
        self.set_rates();
        id
    }
    fn cap_flow(&mut self, flow: FlowId, cap: BitRate) {
        if let Some(row) = self.flows.get_mut(&flow) {
            row.1 = cap;
        }
        self.set_rates();
    }
    fn close_flow(&mut self, flow: FlowId) {
        assert!(self.flows.remove(&flow).is_some(), "{flow:?} is closed twice");
    }
    fn launch(&mut self, spec: InstanceSpec) -> Result<HostId, Refusal> {
        match self.refuse_launch {
            Some((name, refusal)) if spec.name.contains(name) => return Err(refusal),
            _ => {}
        }
        let host = HostId::from_index(FIRST_INSTANCE + u32::try_from(self.id()).unwrap_or(0));
        self.hosts.insert(host, spec);
        Ok(host)
    }
    fn terminate(&mut self, host: HostId) {
        assert!(self.hosts.remove(&host).is_some(), "{host:?} is terminated twice");
    }
    fn address(&self, host: HostId) -> Option<Ipv4Addr> {
        let number = u8::try_from(host.index() % 250).unwrap_or(0);
        Some(Ipv4Addr::new(10, 0, 20, number))
    }
    fn public_address(&self, host: HostId) -> Option<Ipv4Addr> {
        match self.hosts.get(&host)?.public_address {
            PublicAddress::None => None,
            PublicAddress::Assigned => Some(Ipv4Addr::new(203, 0, 113, 9)),
        }
    }
    fn host_ready(&self, _host: HostId) -> Result<(), Refusal> {
        self.clock.map_or(Ok(()), Err)
    }
}

/// A service on its bench.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) mgn: Mgn,
    pub(super) ground: Bench,
}

impl Lab {
    pub(super) fn new(config: Config) -> Self {
        Self {
            mgn: Mgn::new(config, "ap-south-1", Streams::new(1)),
            ground: Bench::new(),
        }
    }
    pub(super) fn now(&self) -> SimTime {
        self.ground.now
    }
    pub(super) fn input(&mut self, input: Input) {
        self.ground.n_inputs += 1;
        self.mgn.handle(input, &mut self.ground);
    }
    pub(super) fn command(&mut self, kind: CommandKind, servers: &[u32]) {
        let servers = servers.iter().map(|id| SourceServerId::from_index(*id)).collect();
        self.input(Input::Command(Command { kind, servers }));
    }
    /// Runs until nothing is left to do by `until`.
    pub(super) fn run_until(&mut self, until: SimTime) {
        while let Some((&(at, seq), _)) = self.ground.queue.first_key_value() {
            if at > until {
                break;
            }
            assert!(at >= self.ground.now, "a wish lies in the past: {at}");
            let Some(input) = self.ground.queue.remove(&(at, seq)) else {
                break;
            };
            self.ground.now = at;
            if let Input::Wake(actor) = input {
                self.ground.wakes.remove(&actor);
            }
            self.input(input);
        }
        self.ground.now = until;
    }
    pub(super) fn run(&mut self, span: Span) {
        let until = self.ground.now + span;
        self.run_until(until);
    }
    pub(super) fn server(&self, id: u32) -> &SourceServer {
        self.mgn
            .server(SourceServerId::from_index(id))
            .expect("the server exists")
    }
    /// Changes what the link carries of each flow.
    pub(super) fn set_link(&mut self, rate: BitRate) {
        self.ground.link = rate;
        self.ground.set_rates();
        self.run(Span::ZERO);
    }
    /// Puts a block up: connections that it stops are lost after their silence.
    pub(super) fn block(&mut self, block: Block) {
        let lost: Vec<(Actor, HoldId, Span)> = self
            .ground
            .holds
            .iter_mut()
            .filter(|(_, (_, hold, up))| {
                let to = match &hold.to {
                    Remote::Name(name) => name.to_string(),
                    Remote::Address(address) => address.to_string(),
                };
                *up && block.stops(hold.from, &to, hold.port)
            })
            .map(|(id, (actor, hold, up))| {
                *up = false;
                (*actor, *id, hold.lost_after)
            })
            .collect();
        for (actor, hold, after) in lost {
            let event = HoldEvent::Lost(block.failed());
            let at = self.ground.now + after;
            self.ground.push(at, Input::Hold { actor, hold, event });
        }
        self.ground.blocks.push(block);
    }
    /// Takes all blocks away: lost connections are back with their next attempt.
    pub(super) fn unblock(&mut self) {
        self.ground.blocks.clear();
        let back: Vec<(Actor, HoldId, Span)> = self
            .ground
            .holds
            .iter_mut()
            .filter(|(_, (_, _, up))| !*up)
            .map(|(id, (actor, hold, up))| {
                *up = true;
                (*actor, *id, hold.retry_every)
            })
            .collect();
        for (actor, hold, after) in back {
            // A loss that nobody has noticed yet was none.
            let unnoticed = self.ground.queue.iter().find_map(|(key, input)| match input {
                Input::Hold {
                    hold: lost,
                    event: HoldEvent::Lost(_),
                    ..
                } if *lost == hold => Some(*key),
                _ => None,
            });
            if let Some(key) = unnoticed {
                self.ground.queue.remove(&key);
                continue;
            }
            let event = HoldEvent::Restored;
            let at = self.ground.now + after;
            self.ground.push(at, Input::Hold { actor, hold, event });
        }
    }
    /// The lines announced since the last time, without the times.
    pub(super) fn take_trace(&mut self) -> String {
        core::mem::take(&mut self.ground.trace).join("\n")
    }
    /// Installs the agents and runs until everybody is continuous.
    pub(super) fn settle(&mut self, servers: &[u32]) {
        self.command(CommandKind::InstallAgent, servers);
        self.run(Span::hours(12));
        for id in servers {
            assert_eq!(
                self.server(*id).data_replication_state(),
                Some(crate::migrate::mgn::DataReplicationState::Continuous),
                "server {id}: {:?}",
                self.server(*id).failure()
            );
        }
        self.ground.trace.clear();
    }
}

/// A server with 100 GB of disk, half of it used.
pub(super) fn server(number: u32) -> ServerConfig {
    ServerConfig {
        name: format!("app-{number}"),
        host: HostId::from_index(number),
        user_provided_id: None,
        disks: vec![Disk {
            device: "/dev/sda".to_owned(),
            size: DataSize::bytes(100_000_000_000),
            used: Ppm::percent(50),
        }],
        writes: WriteProfile::Constant(BitRate::mbps(10)),
        read_rate: BitRate::gbps(2),
        wire_ratio: Ppm::percent(40),
        boot_mode: BootMode::LegacyBios,
        prerequisites: Prerequisites {
            os: "Ubuntu 22.04".to_owned(),
            free_root: DataSize::gib(10),
            free_tmp: DataSize::gib(5),
            free_memory: DataSize::gib(2),
            missing_packages: Vec::new(),
            headers_match: true,
            root: true,
            secure_boot: false,
            other_agent: None,
        },
        install: install(),
        launch: LaunchTemplate {
            subnet: Some(SubnetId::from_index(5)),
            security_groups: Vec::new(),
            instance_type: "m5.large".to_owned(),
            nitro: true,
            copy_private_ip: CopyPrivateIp::No,
            post_launch: Vec::new(),
            termination_protection: false,
        },
        tcp_window: DataSize::mib(4),
    }
}

/// The command line of an isolated network.
pub(super) fn install() -> AgentInstall {
    let vpce = "vpce-0a-b1";
    AgentInstall {
        installer_host: format!(
            "aws-application-migration-service-ap-south-1.bucket.{vpce}.s3.ap-south-1.vpce.amazonaws.com"
        ),
        region: "ap-south-1".to_owned(),
        endpoint: Some(format!("{vpce}.mgn.ap-south-1.vpce.amazonaws.com")),
        s3_endpoint: Some(format!("{vpce}.s3.ap-south-1.vpce.amazonaws.com")),
        credentials: Credentials {
            secret: Secret::Valid,
            token: Token::Temporary {
                expires_at: SimTime::at(Span::hours(1)),
            },
            policies: vec![ManagedPolicy::AgentInstallation],
        },
        devices: Vec::new(),
        options: Vec::new(),
    }
}

/// One application and one wave of `n_servers` servers, on private addresses.
pub(super) fn config(n_servers: u32) -> Config {
    let servers: Arena<_, _> = (0..n_servers).map(server).collect();
    let application = Application {
        name: "shop".to_owned(),
        servers: servers.ids().collect(),
    };
    let wave = Wave {
        name: "first".to_owned(),
        applications: vec![0],
    };
    Config {
        account: Account {
            region: RegionId::from_index(0),
            initialisation: Initialisation::Done,
            operator: AdminRole::Admin,
            quotas: Quotas::default(),
            denied_actions: Vec::new(),
            default_subnet: None,
        },
        replication: ReplicationTemplate {
            staging_subnet: SubnetId::from_index(1),
            routing: DataPlaneRouting::PrivateIp,
            public_address: PublicAddress::None,
            throttle: None,
            sharing: ServerSharing::Shared,
            instance_type: InstanceType {
                name: "t3.small".to_owned(),
                network: BitRate::gbps(5),
                ebs: BitRate::gbps(2),
                max_volumes: 26,
            },
            large_staging_disk: LargeStagingDisk::Gp3,
            encryption: Encryption::Default,
            group_policy: GroupPolicy::MgnAndListed,
            security_groups: Vec::new(),
            mgn_group: SecurityGroupId::from_index(0),
            replace_every: Span::days(14),
        },
        keys: Vec::new(),
        servers,
        applications: vec![application],
        waves: [wave].into_iter().collect(),
    }
}

/// The time of day without fractions, with the day where it is not the first.
fn clock(at: SimTime) -> String {
    let text = at.to_string();
    text.split_once('.')
        .map_or(text.clone(), |(whole, _)| whole.to_owned())
}

fn subject_text(subject: ResourceRef) -> String {
    match subject {
        ResourceRef::SourceServer(id) => format!("s{}", id.index()),
        ResourceRef::ReplicationServer(id) => format!("r{}", id.index()),
        ResourceRef::Job(id) => format!("job{}", id.index()),
        other => format!("{other:?}"),
    }
}

fn refusal_text(refusal: Option<Refusal>) -> String {
    refusal.map_or(String::new(), |refusal| format!(" by {}", refusal.reason))
}

fn notice_text(notice: &Notice) -> String {
    match notice {
        Notice::Accepted(kind) => format!("{kind:?}"),
        Notice::Refused {
            command,
            exception,
            reason,
        } => format!("{command:?} refused: {exception:?} {reason}"),
        Notice::InstallBegan(step) => format!("installer {step:?}"),
        Notice::InstallFailed {
            step,
            symptom,
            stopped_by,
        } => format!(
            "installer failed at {step:?}: {symptom}{}",
            refusal_text(*stopped_by)
        ),
        Notice::Installed => "installed".to_owned(),
        Notice::LifeCycle { from, to } => match from {
            Some(from) => format!("life cycle {from} → {to}"),
            None => format!("life cycle {to}"),
        },
        Notice::Replication { from, to } => match from {
            Some(from) => format!("{from} → {to}"),
            None => format!("{to}"),
        },
        Notice::Step { step, status } => format!("step {step} {status}"),
        Notice::Stalled { error, stopped_by } => format!("error {error}{}", refusal_text(*stopped_by)),
        Notice::Recovered => "recovered".to_owned(),
        Notice::ErrorReported { error, stopped_by } => {
            format!("reports {error}{}", refusal_text(*stopped_by))
        }
        Notice::ErrorCleared { error } => format!("no longer reports {error}"),
        Notice::ReplicatorLaunched { replicator, .. } => {
            format!("replication server r{}", replicator.index())
        }
        Notice::ReplicatorReplaced { .. } => "replaced".to_owned(),
        Notice::ReplicatorRemoved => "removed".to_owned(),
        Notice::InitialSyncDone { size, took } => format!("initial sync of {size} took {took}"),
        Notice::Rate { rate } => format!("moves at {rate}"),
        Notice::RateShort { from, rate, needed } => format!("moves at {rate}, not {from}; needs {needed}"),
        Notice::RateRestored { from, rate } => format!("moves at {rate}, not {from}"),
        Notice::LagGrew { lag, backlog } => format!("lags by {lag}, {backlog}"),
        Notice::LagDrained { lasted } => format!("lagged for {lasted}"),
        Notice::JobStarted { initiator, servers } => format!("{initiator} of {servers}"),
        Notice::JobLog {
            event,
            server,
            reason,
        } => {
            let server = server.map_or(String::new(), |id| format!(" s{}", id.index()));
            format!("{event}{server}{}", refusal_text(*reason))
        }
        Notice::Launch { status, .. } => format!("launch {status}"),
        Notice::PostLaunch { stopped_by } => format!("post-launch actions{}", refusal_text(*stopped_by)),
    }
}
