//! Source servers: disks, write profiles, what the installer finds, the agent's command line and
//! launch settings are in `launch.rs`.

use crate::migrate::mgn::{
    AgentInstall, BootMode, Credentials, Disk, LaunchTemplate, ManagedPolicy, Prerequisites, Secret,
    ServerConfig, Token, WriteProfile,
};
use crate::scenario::diagnostic::Code;
use crate::scenario::problem::{At, Problem, Problems};
use crate::scenario::sections::{
    AgentText, MigrationText, PrerequisitesText, ServersText, TokenText, WritesText,
};
use crate::site::OsFamily;
use crate::units::{BitRate, DataSize, Ppm, Span};

use super::cloud::Draft;
use super::fleet::Member;
use super::launch::{self, Drafted};
use super::scope::Scope;

/// How fast a source's disks are read where the lab does not say: the base rate of a gp3 volume
/// ("General Purpose SSD volumes", Amazon EBS User Guide).
const READ_RATE: BitRate = BitRate::mbps(1_000);
/// What a byte of disk becomes on the wire: AWS quotes "60-70 % compression" (Replication FAQ, AWS
/// Transform MGN User Guide).
const WIRE_RATIO: Ppm = Ppm::percent(40);
/// The TCP window of a connection: what Linux lets it grow to (`net.ipv4.tcp_wmem`).
const TCP_WINDOW: DataSize = DataSize::mib(4);
/// Disks of a server: more than MGN supports, so that a lab can show what then happens.
const MOST_DISKS: usize = 64;
/// Hours of a daily curve.
const HOURS: usize = 24;

/// What all members of a fleet share.
#[derive(Debug)]
pub(super) struct Shared {
    install: AgentInstall,
    launch: LaunchTemplate,
    prerequisites: Prerequisites,
}

/// The family of operating systems that a server's prerequisites speak of.
pub(super) fn os_family(text: &ServersText) -> OsFamily {
    let os = text.prerequisites.as_ref().and_then(|found| found.os.as_deref());
    match os {
        Some(os) if os.to_lowercase().starts_with("windows") => OsFamily::Windows,
        _ => OsFamily::Linux,
    }
}

/// Looks up what the fleet's text names, and checks what does not differ between its members.
pub(super) fn shared(
    text: &ServersText,
    migration: &MigrationText,
    scope: &Scope,
    draft: &Draft,
    problems: &mut Problems,
) -> Option<Shared> {
    let place = text.name.get().map_or(text.disks.place, |name| name.place);
    let os = text
        .host
        .get()
        .and_then(|host| host.value.os)
        .unwrap_or_else(|| os_family(text));
    check_disks(text, problems);
    if let Some(writes) = &text.writes {
        check_writes(writes, problems);
    }
    if text.tcp_window.is_some_and(DataSize::is_zero) {
        problems.push(Problem::error(
            Code::BadValue,
            place,
            "a TCP window of nothing lets nothing through",
        ));
    }
    let region = migration
        .region
        .get()
        .map(|region| region.value.clone())
        .unwrap_or_default();
    let texts = [text.launch.as_ref(), migration.launch.as_ref()];
    let launch = launch::template(texts, &Drafted { scope, draft }, place, problems)?;
    Some(Shared {
        install: install(text.agent.as_ref(), migration.agent.as_ref(), &region, problems),
        launch,
        prerequisites: prerequisites(text.prerequisites.as_ref(), os),
    })
}

fn check_disks(text: &ServersText, problems: &mut Problems) {
    let place = text.disks.place;
    if text.disks.value.is_empty() {
        problems.push_lacking(
            Problem::error(Code::BadValue, place, "a source server has at least one disk")
                .help("for example disks: [(device: \"/dev/sda\", size: \"100GiB\")]"),
        );
    }
    problems.at_most(MOST_DISKS, text.disks.value.len(), place, "disks of a server");
    let mut devices = std::collections::BTreeSet::new();
    for disk in &text.disks.value {
        if !devices.insert(&disk.device) {
            let message = format!("the server has two disks named `{}`", disk.device);
            problems.push(Problem::error(Code::DuplicateName, disk.size.place, message));
        }
    }
}

/// Complains about a write profile that makes no sense.
pub(super) fn check_writes(text: &WritesText, problems: &mut Problems) {
    match text {
        WritesText::Daily(daily) if daily.hours.value.len() != HOURS => {
            let n_rates = daily.hours.value.len();
            let message = format!("a daily curve has 24 rates, one for each hour; these are {n_rates}");
            problems.push_lacking(Problem::error(Code::BadValue, daily.hours.place, message));
        }
        WritesText::Bursts(bursts) if bursts.lasts >= bursts.every.value => {
            problems.push(Problem::error(
                Code::BadValue,
                bursts.every.place,
                "a burst has to end before the next begins: `lasts` must be shorter than `every`",
            ));
        }
        WritesText::Constant(_) | WritesText::Daily(_) | WritesText::Bursts(_) => {}
    }
}

/// The server of one member.
pub(super) fn config(member: &Member<'_>, shared: &Shared) -> ServerConfig {
    let text = member.text;
    ServerConfig {
        name: member.name.value.clone(),
        host: member.host,
        user_provided_id: member.user_provided_id(),
        disks: text
            .disks
            .value
            .iter()
            .map(|disk| Disk {
                device: disk.device.clone(),
                size: disk.size.value.of(member.index).unwrap_or(DataSize::ZERO),
                used: disk
                    .used
                    .as_ref()
                    .and_then(|used| used.of(member.index))
                    .unwrap_or(Ppm::ONE),
            })
            .collect(),
        writes: writes(text.writes.as_ref(), member.index),
        read_rate: text
            .read_rate
            .as_ref()
            .and_then(|rate| rate.of(member.index))
            .unwrap_or(READ_RATE),
        wire_ratio: text
            .wire_ratio
            .as_ref()
            .and_then(|ratio| ratio.of(member.index))
            .unwrap_or(WIRE_RATIO),
        boot_mode: text.boot_mode.unwrap_or(BootMode::LegacyBios),
        prerequisites: shared.prerequisites.clone(),
        install: shared.install.clone(),
        launch: shared.launch.clone(),
        tcp_window: text.tcp_window.unwrap_or(TCP_WINDOW),
    }
}

pub(super) fn writes(text: Option<&WritesText>, index: usize) -> WriteProfile {
    let step = |span: Option<Span>| span.unwrap_or(Span::ZERO) * index as u64;
    match text {
        None => WriteProfile::Constant(BitRate::ZERO),
        Some(WritesText::Constant(rate)) => WriteProfile::Constant(rate.of(index).unwrap_or(BitRate::ZERO)),
        Some(WritesText::Daily(daily)) => {
            let scale = daily
                .scale
                .as_ref()
                .and_then(|scale| scale.of(index))
                .unwrap_or(Ppm::ONE);
            let day = Span::days(1).as_nanos();
            let phase = daily.phase.unwrap_or(Span::ZERO) + step(daily.phase_step);
            WriteProfile::Daily {
                hours: daily
                    .hours
                    .value
                    .iter()
                    .map(|rate| BitRate::bps(scale.of(rate.as_bps())))
                    .collect(),
                phase: Span::nanos(phase.as_nanos() % day),
            }
        }
        Some(WritesText::Bursts(bursts)) => WriteProfile::Bursts {
            base: bursts.base,
            burst: bursts.burst,
            every: bursts.every.value,
            lasts: bursts.lasts,
            first: bursts.first.unwrap_or(Span::ZERO) + step(bursts.first_step),
        },
    }
}

pub(super) fn prerequisites(text: Option<&PrerequisitesText>, os: OsFamily) -> Prerequisites {
    let usual = match os {
        OsFamily::Linux => "Ubuntu 22.04",
        OsFamily::Windows => "Windows Server 2019",
    };
    Prerequisites {
        os: text
            .and_then(|t| t.os.clone())
            .unwrap_or_else(|| usual.to_owned()),
        free_root: text.and_then(|t| t.free_root).unwrap_or(DataSize::gib(20)),
        free_tmp: text.and_then(|t| t.free_tmp).unwrap_or(DataSize::gib(5)),
        free_memory: text.and_then(|t| t.free_memory).unwrap_or(DataSize::gib(2)),
        missing_packages: text.map(|t| t.missing_packages.clone()).unwrap_or_default(),
        headers_match: text.and_then(|t| t.headers_match).unwrap_or(true),
        root: text.and_then(|t| t.root).unwrap_or(true),
        secure_boot: text.and_then(|t| t.secure_boot).unwrap_or(false),
        other_agent: text.and_then(|t| t.other_agent.clone()),
    }
}

/// The host of AWS's own URL of the installer ("Installing the AWS Replication Agent on Linux
/// servers", AWS Transform MGN User Guide).
fn public_installer_host(region: &str) -> String {
    format!("aws-application-migration-service-{region}.s3.{region}.amazonaws.com")
}

/// The command line: the fleet's own options, and the common ones for the rest.
pub(super) fn install(
    own: Option<&AgentText>,
    common: Option<&AgentText>,
    region: &str,
    problems: &mut Problems,
) -> AgentInstall {
    let texts = || own.into_iter().chain(common);
    let host = |get: fn(&AgentText) -> Option<&At<String>>| texts().find_map(get);
    let region = texts()
        .find_map(|text| text.region.clone())
        .unwrap_or_else(|| region.to_owned());
    let installer = host(|text| text.installer_host.as_ref());
    let (endpoint, s3) = (
        host(|text| text.endpoint.as_ref()),
        host(|text| text.s3_endpoint.as_ref()),
    );
    check_forms(installer, endpoint, s3, problems);
    let lower = |name: &At<String>| name.value.to_lowercase();
    let credentials = texts().find_map(|text| text.credentials.as_ref());
    AgentInstall {
        installer_host: installer.map_or_else(|| public_installer_host(&region), lower),
        region,
        endpoint: endpoint.map(lower),
        s3_endpoint: s3.map(lower),
        credentials: Credentials {
            secret: credentials.and_then(|c| c.secret).unwrap_or(Secret::Valid),
            token: match credentials.and_then(|c| c.token.as_ref()) {
                None | Some(TokenText::LongLived) => Token::LongLived,
                Some(TokenText::Temporary(temporary)) => Token::Temporary {
                    expires_at: temporary.expires_at,
                },
                Some(TokenText::TemporaryWithoutToken) => Token::TemporaryWithoutToken,
                Some(TokenText::InstanceProfile) => Token::InstanceProfile,
            },
            policies: credentials
                .and_then(|c| c.policies.clone())
                .unwrap_or_else(|| vec![ManagedPolicy::AgentInstallation]),
        },
        devices: texts()
            .map(|text| text.devices.clone())
            .find(|it| !it.is_empty())
            .unwrap_or_default(),
        options: texts()
            .map(|text| text.options.clone())
            .find(|options| !options.is_empty())
            .unwrap_or_default(),
    }
}

/// Warns about forms that the installer cannot use ("Installing the agent on a secured network",
/// AWS Transform MGN User Guide): bare host names without a scheme, no `bucket.` label in
/// `--s3-endpoint`, but one in the rewritten URL of the installer.
fn check_forms(
    installer: Option<&At<String>>,
    endpoint: Option<&At<String>>,
    s3: Option<&At<String>>,
    problems: &mut Problems,
) {
    let mut warn = |at: &At<String>, message: String, help: &str| {
        problems.push(Problem::warning(Code::EndpointForm, at.place, message).help(help));
    };
    for (option, name) in [
        ("installer_host", installer),
        ("endpoint", endpoint),
        ("s3_endpoint", s3),
    ] {
        if let Some(name) = name
            && (name.value.contains("://") || name.value.contains('/'))
        {
            warn(
                name,
                format!("`{option}` is a URL"),
                "write the host name alone, without https:// and without a path",
            );
        }
    }
    if let Some(name) = s3
        && name.value.starts_with("bucket.")
    {
        warn(
            name,
            "`s3_endpoint` begins with the bucket. label".to_owned(),
            "leave the label out: the agent adds it",
        );
    }
    if let Some(name) = installer
        && name.value.contains(".vpce.amazonaws.com")
        && !name.value.contains(".bucket.")
    {
        let help = "the rewritten URL is <bucket>.bucket.<endpoint's DNS name>";
        warn(
            name,
            "the installer's host lacks the bucket. label".to_owned(),
            help,
        );
    }
}
